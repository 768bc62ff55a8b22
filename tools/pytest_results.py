#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Rewrites a JUnit file of pytest, in place, as CTest writes them, for count_tests.py."""

import sys
import xml.etree.ElementTree as ElementTree


def rewritten(case):
    """The test case as CTest has it: a status, and what a failure or a skip has to say."""
    name = f"{case.get('classname')}.{case.get('name')}"
    skipped = case.find("skipped")
    failures = [found for kind in ("failure", "error") for found in case.findall(kind)]
    result = ElementTree.Element("testcase", name=name, classname=name, time=case.get("time", "0"))
    output = "\n".join(found.text or "" for found in [*failures, *case.findall("system-err")])
    if failures:
        result.set("status", "fail")
        ElementTree.SubElement(result, "failure", message=failures[0].get("message", ""))
    elif skipped is not None:
        result.set("status", "notrun")
        ElementTree.SubElement(result, "skipped", message="SKIP_REGULAR_EXPRESSION_MATCHED")
        reason = skipped.get("message") or "no reason given"
        output = f"{name}: Skipped\n{reason}\n[  SKIPPED ] {name}"
    else:
        result.set("status", "run")
    ElementTree.SubElement(result, "system-out").text = output
    return result


def main():
    path = sys.argv[1]
    suite = ElementTree.Element("testsuite", name="pytest")
    suite.extend(rewritten(case) for case in ElementTree.parse(path).getroot().iter("testcase"))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


if __name__ == "__main__":
    main()
