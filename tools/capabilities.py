"""Write ``policies/capabilities.json``: what a policy may call, cut out of what the pinned OPA offers.

A function is allowed only where its answer depends on nothing but its arguments: no network, clock, randomness,
environment or time-zone database, and nothing that prints. New functions of a newer OPA stay out until named here.

Usage: python tools/capabilities.py OPA > policies/capabilities.json
"""

import json
import subprocess
import sys

ALLOWED = """
abs ceil div floor minus mul plus rem round numbers.range numbers.range_step bits.and bits.or bits.xor bits.lsh
bits.rsh bits.negate array.concat array.flatten array.reverse array.slice and or union intersection object.filter
object.get object.keys object.remove object.subset object.union object.union_n json.filter json.remove concat
contains endswith format_int indexof indexof_n lower replace split sprintf startswith strings.any_prefix_match
strings.any_suffix_match strings.count strings.replace_n strings.reverse strings.split_n substring trim trim_left
trim_prefix trim_right trim_space trim_suffix upper count max min product sort sum assign eq equal gt gte lt lte neq
is_array is_boolean is_null is_number is_object is_set is_string type_name to_number regex.find_n regex.is_valid
regex.match regex.replace regex.split glob.match glob.quote_meta semver.compare semver.is_valid time.add_date
time.parse_duration_ns time.parse_rfc3339_ns internal.member_2 internal.member_3 internal.template_string
""".split()


def main() -> None:
    """Print the capabilities document."""
    printed = subprocess.run([sys.argv[1], "capabilities", "--current"], check=True, capture_output=True, text=True)
    document = json.loads(printed.stdout)
    offered = {builtin["name"]: builtin for builtin in document["builtins"]}
    document["builtins"] = [
        {key: offered[name][key] for key in ("name", "decl", "infix", "relation") if key in offered[name]}
        for name in sorted(ALLOWED)
    ]
    document["allow_net"] = []
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
