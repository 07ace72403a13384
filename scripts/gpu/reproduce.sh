#!/bin/sh
# The paper's network, DLA-34 at 576x320, in the tables of FairMOT on the real budget, by the same names:
#
#     scripts/gpu/reproduce.sh DATA OUT [START] [STEPS]
#
# DATA is the output of scripts/prepare_real_data.py, OUT the folder of results, from which an interrupted run continues.
# START are initial weights, such as ctdet_coco_dla_2x.pth; without them ("null") the detector learns from nothing, and
# needs some ten thousand STEPS instead of the recipe's 500. CenterTrack has no DLA-34 on this budget.
set -eu
data=$1 out=$2 start=${3:-null} steps=${4:-}
exec outrack reproduce table1 table2 table4 table5/utrack table5/utrack-gsm table5/utrack-occe refinding \
    --budget real --data "$data" -o "$out" --seeds 3 \
    --set model.architecture=fairmot-dla34 --set model.width=576 --set model.height=320 --set model.init="$start" \
    ${steps:+--set schedule.steps="$steps"}
