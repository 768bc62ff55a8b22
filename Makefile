# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# The few commands this project needs. Each does its own set-up (tools/packages.txt) and is quick
# the second time; what it does is in tools/<command>.sh.
#
#   make demo       a training job on simulated GPUs is measured, profiled and set to its best limit
#   make install-python   the Python package into the active environment (VENV=folder: makes one)
#   make check      for each commit, in under 3 minutes: what changed is checked, release is tested
#   make test       everything is built and tested: release, address/undefined, threads, Python
#   make lint       formatting, clang-tidy on what changed (ALL=1: on everything), includes, headers
#   make fuzz       tests/fuzz searches for inputs that break, 10 seconds each (fuzz_seconds=600)
#   make bench      benchmarks/ in the release build, and the Python package beside the replaced one
#   make report     docs/simulator_report.md: real programs and faults on the simulated driver
#   make format     clang-format in place
#   make setup      only the system packages
#   make clean      away with build/

.PHONY: demo install-python check test lint fuzz bench report format setup clean
.DEFAULT_GOAL := demo

demo check test lint fuzz bench report format:
	@tools/$@.sh

install-python:
	@tools/install_python.sh $(VENV)

setup:
	@tools/setup.sh build lint

clean:
	rm -rf build
