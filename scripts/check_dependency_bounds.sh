#!/usr/bin/env bash
# Installs outrack without extras twice, with the lowest and with the newest versions of its dependencies that
# pyproject.toml allows, and tracks the sample clip with each. Both environments lie in a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

check() {  # NAME, and what pip is told beside the package
    local name=$1
    shift
    echo "== $name versions"
    "$python" -m venv "$folder/$name"
    "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@" .
    "$folder/$name/bin/outrack" --help > "$folder/help.txt"
    "$folder/$name/bin/outrack" track --help > "$folder/help.txt"
    local ending
    local -a outputs=()
    for ending in mp4 txt jsonl csv xml; do outputs+=(-o "$folder/$name.$ending"); done
    "$folder/$name/bin/outrack" track samples/crossing.mp4 --max-frames 25 "${outputs[@]}"
    for ending in mp4 txt jsonl csv xml; do test -s "$folder/$name.$ending"; done
}

"$python" scripts/lowest_versions.py > "$folder/constraints.txt"
check lowest --constraint "$folder/constraints.txt"
check newest --upgrade
