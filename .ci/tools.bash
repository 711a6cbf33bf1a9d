# For the scripts beside it, which source this.

# install_tools DIRECTORY PACKAGE… installs packages of PyPI in a new virtual environment and puts it on the PATH. Ends
# the script with 0, saying that it is skipped, if the registry cannot be reached; any other failure is one.
install_tools() {
    local directory=$1
    shift
    python3 -m venv "$directory"
    if ! "$directory/bin/pip" install --quiet --disable-pip-version-check "$@" 2> "$directory/errors"; then
        cat "$directory/errors" >&2
        if grep -qiE 'connection (broken|refused|error|to .* timed out)|name resolution|unreachable' "$directory/errors"; then
            echo "${0##*/}: SKIPPED, as PyPI cannot be reached for $*"
            exit 0
        fi
        exit 1
    fi
    PATH=$directory/bin:$PATH
}
