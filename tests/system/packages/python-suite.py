# SPDX-License-Identifier: Apache-2.0
"""python-suite.py ARGUMENTS...: runs CPython's own tests, `python3 -m test ARGUMENTS...`,
and prints each test that ran with its outcome, in order of names. What the tests
themselves print goes to standard error. The status is that of the run."""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

report = os.path.join(tempfile.mkdtemp(), "report.xml")
status = subprocess.run([sys.executable, "-m", "test", "--timeout", "200", "--junit-xml", report, *sys.argv[1:]],
                        stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
outcomes = []
for case in xml.etree.ElementTree.parse(report).iter("testcase"):
    outcome = "passed"
    for child in case:
        if child.tag in ("failure", "error"):
            outcome = child.tag
            print(case.get("name"), child.text, file=sys.stderr)
        elif child.tag == "skipped":
            outcome = "skipped: " + re.sub("@test_[0-9]+_", "@test_N_", child.text or "")  # a process number
    outcomes.append(f"{case.get('name')} {outcome}")
print(*sorted(outcomes), sep="\n")
print(f"{len(outcomes)} outcomes, status {status}")
sys.exit(status)
