// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus man-page`: the manual page zeus(1), for groff (groff_man(7)).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/help/command_tree.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

// What no option says.
constexpr const char* kRest = R"(.SH EXIT STATUS
0: done. 1: failure. 2: wrong usage. 128 + n: ended by signal n.
.PP
A command that runs another ends as that did. 127: there is no such command. 126: it can\(aqt be
run. 125:
.B zeus measure
itself failed.
.SH ENVIRONMENT
.TP
.B CUDA_VISIBLE_DEVICES
Which GPUs there are, by CUDA\(aqs rule.
.TP
.B NO_COLOR
No colours on a terminal, where set.
.TP
.B ZEUS_POWERCAP
A folder to read the energy of CPUs from, instead of
.IR /sys/class/powercap/intel\-rapl .
.SH SEE ALSO
.BR nvidia\-smi (1),
.BR time (1)
)";

// A text in a line of its own.
std::string roff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c;
    }
  }
  return result.starts_with('.') ? "\\&" + result : result;
}

// Line by line as it is.
std::string verbatim(const std::string& text) {
  std::string result = ".PP\n.nf\n";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    result += (line.empty() ? ".sp" : roff(line)) + "\n";
  }
  return result + ".fi\n";
}

std::string option_text(const OptionEntry& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
  }
  if (!option.value.empty()) {
    names += fmt::format("{}\\fI{}\\fR", names.empty() ? "" : " ", roff(option.value));
  }
  std::string text = fmt::format(".TP\n{}\n{}\n", names, roff(option.what));
  if (!option.values.empty()) {
    text +=
        fmt::format(".br\nOne of: {}.\n", roff(fmt::format("{}", fmt::join(option.values, ", "))));
  }
  if (!option.default_value.empty()) {
    text += fmt::format(".br\nDefault: {}.\n", roff(option.default_value));
  }
  return text;
}

std::string usage(const CommandEntry& command) {
  std::string text = fmt::format("\\fB{}\\fR", roff(command.path));
  if (!command.options.empty()) text += " [\\fIOPTIONS\\fR]";
  for (const OptionEntry& positional : command.positionals) {
    text +=
        fmt::format(" \\fI{}\\fR{}", roff(positional.value), positional.is_repeated ? "..." : "");
  }
  if (command.takes_command) text += " \\-\\- \\fICOMMAND\\fR...";
  return text;
}

std::string sections(const CommandEntry& command) {
  std::string text;
  if (command.commands.empty()) {
    text = fmt::format(".SS {}\n{}\n.br\n{}.\n", roff(command.path), usage(command),
                       roff(command.what));
    for (const auto* list : {&command.positionals, &command.options}) {
      for (const OptionEntry& option : *list) text += option_text(option);
    }
    text += verbatim(command.footer);
  }
  for (const CommandEntry& sub : command.commands) text += sections(sub);
  return text;
}

std::string man_page(const CommandEntry& root) {
  std::string text = fmt::format(
      ".\\\" Written by 'zeus man-page'.\n.TH ZEUS 1 \"\" \"zeus {}\" \"User Commands\"\n"
      ".SH NAME\nzeus \\- {}\n.SH SYNOPSIS\n\\fBzeus\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
      ".SH OPTIONS\n",
      ZEUS_VERSION, roff(root.what));
  for (const OptionEntry& option : root.options) text += option_text(option);
  return text + ".SH COMMANDS\n" + sections(root) + kRest;
}

}  // namespace

void add_man_page(CLI::App& app, Invocation& invocation) {
  CLI::App& page = *app.add_subcommand("man-page", "Print the manual page");
  page.footer("Example:\n  zeus man-page | man -l -");
  page.callback([&app, &invocation] {
    invocation.run = [text = man_page(command_tree(app))] { return print(text), 0; };
  });
}

}  // namespace zeus::apps
