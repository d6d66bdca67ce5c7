# SPDX-License-Identifier: BSD-3-Clause
"""Kapacitor 1.4: a TICKscript for each alert."""

LOG = "/var/log/kapacitor/tstat-alerts.log"


def handlers(one):
    which = "".join(f' {{{{ index .Tags "{tag}" }}}}' for tag in one.group_by)
    return [f"        .id('tstat {one.file}{which}')"], [f"        .log('{LOG}')"]


def script(one):
    lines = ["// SPDX-License-Identifier: BSD-3-Clause", f"// {one.about}.", f'dbrp "{one.database}"."autogen"', ""]
    source = ["var data = batch", f"    |query('''{one.query}''')", f"        .period({one.period})", f"        .every({one.every})"]
    if one.group_by:
        source.append("        .groupBy(" + ", ".join(f"'{tag}'" for tag in one.group_by) + ")")
    head, tail = handlers(one)
    if one.silent:
        alert = [f"    |deadman(0.0, {one.period})", *head,
                 "        .message('{{ .ID }}: {{ if eq .Level \"OK\" }}flows come again{{ else }}no flows{{ end }}')"]
    else:
        for name in ("warning", "critical"):
            lines.append(f"var {name} = {float(getattr(one, name))}")
        guard = ""
        if one.at_least:
            lines.append(f"var enough = {one.at_least[1]}")
            guard = f' AND "{one.at_least[0]}" >= enough'
        lines.append("")
        alert = ["    |alert()", *head,
                 f"        .message('{{{{ .ID }}}} is {{{{ .Level }}}}: {{{{ index .Fields \"{one.value}\" }}}} {one.unit}')",
                 f'        .warn(lambda: "{one.value}" >= warning{guard})', f'        .crit(lambda: "{one.value}" >= critical{guard})']
    return [*lines, *source, "", "data", *alert, "        .stateChangesOnly()", *tail]
