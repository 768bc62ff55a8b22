// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The scripts of `zeus completion` in real shells, and the manual page in the real groff.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

bool is_installed(const std::string& program) {
  return run_zeus({"-c", "command -v " + program}, {.program = "/bin/sh"}).status == 0;
}

Words lines_of(const std::string& text) {
  Words lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Completion : public ::testing::Test {
 protected:
  // The scripts ask the program of this name that PATH finds.
  static std::string path() {
    return std::filesystem::path(ZEUS_COMMAND).parent_path().string() + ":" + getenv("PATH");
  }

  std::string script(const std::string& shell) {
    const Outcome outcome = run_zeus({"completion", shell});
    EXPECT_EQ(outcome.status, 0);
    write_text(folder_ / shell, outcome.out);
    return folder_ / shell;
  }

  TemporaryFolder folder_;
};

struct Asked {
  std::vector<std::string> words;
  std::string answer;
};
class CompletionAnswer : public ::testing::TestWithParam<Asked> {};

TEST_P(CompletionAnswer, is_what_can_be_typed_next) {
  Words arguments = GetParam().words;
  arguments.insert(arguments.begin(), "__complete");
  const Outcome outcome = run_zeus(arguments);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(outcome.out, GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Completion, CompletionAnswer,
    ::testing::Values(
        Asked{{"pro"}, "profile\tLook at what a job has measured\n"},
        Asked{{"demo", "--clock", "r"}, "real\tvirtual or real time\n"},
        Asked{{"demo", "--clock=r"}, "--clock=real\tvirtual or real time\n"},
        Asked{{"demo", "--clock", "=", "r"}, "real\tvirtual or real time\n"},
        Asked{{"profile", "show", "--selector=time,ene"},
              "--selector=time,energy\tSeveral are separated by commas; default: all\n"},
        Asked{{"demo", "--gpus", "profile"}, ""}, Asked{{"no-such-command"}, ""},
        Asked{{"profile", "show", "x"}, ":files\n"}, Asked{{"measure", "--csv", ""}, ":files\n"},
        Asked{{"measure", "--csv=da"}, ":files\n"},
        Asked{{"measure", "--gpus", "0", "--", "cat", "--js"}, ":command 4\n"},
        Asked{{"env", "--", "--js"}, "--json\tPrint the result as JSON (docs/cli.md)\n"},
        Asked{{"__comp"}, ""}));

class BashCompletion : public Completion {
 protected:
  // What bash offers for the last of these words.
  Words offers(const Words& words) {
    Words arguments{"--norc", "-c",
                    "source \"$1\" || exit\n"
                    "shift\n"
                    "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))\n"
                    "$(complete -p zeus | sed 's/.*-F \\([^ ]*\\).*/\\1/') zeus \"${*: -1}\"\n"
                    "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"",
                    "bash", script("bash")};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const Outcome outcome =
        run_zeus(arguments, {.program = "/bin/bash", .environment = {{"PATH", path()}}});
    EXPECT_THAT(outcome.err, IsEmpty());
    return lines_of(outcome.out);
  }
};

TEST_F(BashCompletion, offers_the_commands) {
  EXPECT_THAT(offers({"zeus", ""}),
              IsSupersetOf({"demo", "env", "measure", "power", "profile", "simulate"}));
  EXPECT_THAT(offers({"zeus", "pro"}), ElementsAre("profile"));
  EXPECT_THAT(offers({"zeus", "profile", ""}), UnorderedElementsAre("show", "compare"));
  EXPECT_THAT(offers({"zeus", "no-such-thing"}), IsEmpty());
}

TEST_F(BashCompletion, offers_the_options_of_the_command) {
  EXPECT_THAT(offers({"zeus", "power", "--"}),
              AllOf(IsSupersetOf({"--interval", "--count", "--csv", "--json", "--help"}),
                    Not(Contains("--model"))));
  EXPECT_THAT(offers({"zeus", "demo", "--model", "demo", "--cl"}), ElementsAre("--clock"));
  EXPECT_THAT(offers({"zeus", "profile", "show", "--world"}), ElementsAre("--world-size"));
}

TEST_F(BashCompletion, offers_the_values_of_an_option) {
  EXPECT_THAT(offers({"zeus", "demo", "--clock", ""}), UnorderedElementsAre("virtual", "real"));
  EXPECT_THAT(offers({"zeus", "demo", "--clock", "=", "v"}), ElementsAre("virtual"));
  EXPECT_THAT(offers({"zeus", "profile", "show", "--selector", "energy,zeus"}),
              ElementsAre("energy,zeus-cost"));
  EXPECT_THAT(offers({"zeus", "demo", "--gpus", ""}), IsEmpty());
  EXPECT_THAT(offers({"zeus", "completion", ""}), UnorderedElementsAre("bash", "zsh", "fish"));
}

TEST_F(BashCompletion, quotes_values_with_blanks) {
  EXPECT_THAT(offers({"zeus", "demo", "--workload", "V100\\ R"}), ElementsAre("V100\\ ResNet-50"));
  EXPECT_THAT(offers({"zeus", "demo", "--workload", "'V100 R"}), ElementsAre("V100 ResNet-50"));
}

TEST_F(BashCompletion, offers_files_where_a_file_is_wanted) {
  write_text(folder_ / "a profile.json", "");
  const std::string begin = folder_ / "a pro";
  EXPECT_THAT(offers({"zeus", "profile", "show", begin}), ElementsAre(begin + "file.json"));
  EXPECT_THAT(offers({"zeus", "measure", "--csv", begin}), ElementsAre(begin + "file.json"));
  EXPECT_THAT(offers({"zeus", "env", begin}), IsEmpty());
}

TEST_F(BashCompletion, behind_the_mark_another_command_is_completed) {
  EXPECT_THAT(offers({"zeus", "measure", "--", "basena"}), Contains("basename"));
  write_text(folder_ / "data.csv", "");
  EXPECT_THAT(offers({"zeus", "simulate", "--gpus", "A40", "--", "cat", folder_ / "da"}),
              ElementsAre((folder_ / "data.csv").string()));
  EXPECT_THAT(offers({"zeus", "measure", "--", "cat", "--j"}), IsEmpty());
}

TEST_F(Completion, fish_offers_the_same) {
  if (!is_installed("fish")) GTEST_SKIP() << "fish is not installed";
  const std::string file = script("fish");
  const auto offers = [&](const std::string& line) {
    const Outcome outcome =
        run_zeus({"--no-config", "-c", "source $argv[1]; complete -C $argv[2]", file, line},
                 {.program = "/usr/bin/fish",
                  .environment = {{"HOME", folder_.path().string()}, {"PATH", path()}}});
    EXPECT_THAT(outcome.err, IsEmpty());
    Words words = lines_of(outcome.out);
    for (std::string& word : words) word = word.substr(0, word.find('\t'));
    return words;
  };
  EXPECT_THAT(offers("zeus pro"), ElementsAre("profile"));
  EXPECT_THAT(offers("zeus profile "), UnorderedElementsAre("show", "compare"));
  EXPECT_THAT(offers("zeus power --inter"), ElementsAre("--interval"));
  EXPECT_THAT(offers("zeus demo --clock "), UnorderedElementsAre("virtual", "real"));
  EXPECT_THAT(offers("zeus demo --workload V100\\ R"), ElementsAre("V100 ResNet-50"));
  EXPECT_THAT(offers("zeus measure -- basena"), Contains("basename"));
}

TEST_F(Completion, zsh_offers_the_same) {
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  const std::string file = script("zsh");
  // Typed into an interactive zsh, whose answers are read from its terminal.
  RunningZeus zsh(
      {"-f", "-i"},
      {.program = "/bin/zsh",
       .environment = {{"TERM", "dumb"}, {"HOME", folder_.path().string()}, {"PATH", path()}},
       .on_terminal = true,
       .columns = 200});
  const auto until = [&zsh](const std::string& words) {
    return zsh.wait_until([&words](const std::string& out) {
      return without_escapes(out).find(words) != std::string::npos;
    });
  };
  zsh.type("PS1=''; autoload -U compinit; compinit -u -D; source '" + file +
           "'; zeus() { print -rl -- is \"$@\" end | paste -sd: }; echo rea''dy\n");
  ASSERT_TRUE(until("ready"));
  zsh.type("zeus profile com\t\n");
  EXPECT_TRUE(until("is:profile:compare:end"));
  zsh.type("zeus demo --workload V100\\ R\t\n");
  EXPECT_TRUE(until("is:demo:--workload:V100 ResNet-50:end"));
  zsh.type("zeus power --inter\t1\n");
  EXPECT_TRUE(until("is:power:--interval"));
  write_text(folder_ / "data.csv", "");
  zsh.type("zeus measure -- cat " + (folder_ / "dat").string() + "\t\n");
  EXPECT_TRUE(until("is:measure:--:cat:" + (folder_ / "data.csv").string() + ":end"));
  zsh.type("exit\n");
  EXPECT_EQ(zsh.wait().status, 0);
}

TEST(ManPage, has_every_command_and_no_groff_warning) {
  const Outcome page = run_zeus({"man-page"});
  EXPECT_EQ(page.status, 0);
  EXPECT_THAT(page.out, AllOf(HasSubstr(".TH ZEUS 1"), HasSubstr("zeus measure"),
                              HasSubstr("zeus profile compare"), HasSubstr("\\-\\-interval"),
                              HasSubstr("One of: virtual, real."), HasSubstr("Default: 25.")));
  if (!is_installed("groff")) GTEST_SKIP() << "groff is not installed";
  const TemporaryFolder folder;
  write_text(folder / "zeus.1", page.out);
  const Outcome outcome = run_zeus({"-man", "-ww", "-Tascii", "-P-cbou", folder / "zeus.1"},
                                   {.program = "/usr/bin/groff"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("zeus power --interval 0.1 --csv > power.csv"),
                                 HasSubstr("EXIT STATUS")));
}

}  // namespace
}  // namespace zeus::testing
