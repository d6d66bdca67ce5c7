# SPDX-License-Identifier: BSD-3-Clause
"""The sub-commands of tstat-log, each a module with NAME, HELP, add_arguments(parser) and run(arguments) -> status.

main.py finds them by listing this package. A module is named as its sub-command with _ for -, and imports what takes time
(pandas, matplotlib) only where it is used. One that replaces a script of the original has ORIGINAL_HELP,
add_original_arguments(parser) and run_original(arguments), too: `tstat-log NAME --as-original` takes the script's own command line.
"""
