#!/usr/bin/env bash
# Builds the source distribution, and a wheel from it, in a temporary folder; collects all of its tests there, and runs
# those that need the files beside the package: citations, links, paths that the documentation names.
# Usage: scripts/check_sdist.sh PYTHON, one with the dev extra.
set -euo pipefail
tests=$(cd "$(dirname "${1:?which python runs the tests}")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$tests" -m venv "$folder/build"
"$folder/build/bin/python" -m pip install --quiet --disable-pip-version-check build
"$folder/build/bin/python" -m build --outdir "$folder/dist" . > "$folder/log.txt" 2>&1 || { cat "$folder/log.txt"; exit 1; }
tar --extract --gzip --file "$folder"/dist/*.tar.gz --directory "$folder"
cd "$folder"/outrack-*/
export PYTHONPATH=$PWD/src
"$tests" -m pytest -q --collect-only > "$folder/log.txt" || { tail -n 40 "$folder/log.txt"; exit 1; }
"$tests" -m pytest -q tests/test_architecture.py tests/test_public_names.py tests/io tests/test_docs.py -k "not commands and not snippets"
