#!/usr/bin/env bash
# Has files of outrack read by other libraries, and theirs by outrack: each library in an environment of its own, since
# they disagree about what they depend on. The environments lie in a temporary folder, or in $READERS and are kept.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
folder=${READERS:-$(mktemp -d)}
[ -n "${READERS:-}" ] || trap 'rm -rf "$folder"' EXIT

check() {  # NAME, TESTS, and what pip installs
    local name=$1 tests=$2
    shift 2
    echo "== $name"
    [ -x "$folder/$name/bin/python" ] || "$python" -m venv "$folder/$name"
    "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check . pytest hypothesis "$@"
    "$folder/$name/bin/python" -m pip list --format freeze | grep -iE "^($name)=="
    HOME="$folder" "$folder/$name/bin/python" -m pytest -q -p no:cacheprovider "$tests"
}

files=tests/conversion/test_independent_readers.py
check "pycocotools|supervision|trackeval" $files pycocotools "supervision>=0.27" "trackeval>=1.3"
check datumaro $files "datumaro==1.13.12"
check fiftyone $files "fiftyone==1.22.1"
check motmetrics $files "motmetrics==1.4.0"
check ultralytics tests/test_foreign_detections.py "ultralytics==8.4.190"
