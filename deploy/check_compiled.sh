#!/bin/sh
# Serves an example with a compiled genkitd and asks it: check_compiled.sh PROGRAM
set -eu
program=$(realpath "$1")
examples=$(realpath "$(dirname "$0")/../examples")
work=$(mktemp -d)
cd "$work"
"$program" --version
"$program" serve "$examples/assistants.yaml" --offline --port 18080 &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-connrefused \
  -d '{"name":"Ann"}' http://127.0.0.1:18080/greeter | grep Ann
