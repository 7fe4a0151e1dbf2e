// SPDX-License-Identifier: Apache-2.0
// system-call-table FILE [--write]: compares FILE with the table of Linux' system calls
// as the code has it (components/linux/syscall/*.inc), or writes it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <format>
#include <map>
#include <string>
#include <string_view>

#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace {

struct Call {
  std::string_view name;
  bool served;
  int x86_64, aarch64;
};
constexpr int kNone = -1;
constexpr std::array kCalls{
#define SERVED(name, x86_64, aarch64) Call{#name, true, x86_64, aarch64},
#define UNSERVED(name, x86_64, aarch64) Call{#name, false, x86_64, aarch64},
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED
};

struct Remark {
  std::string_view name, state, text;
};
constexpr std::array kRemarks{
#define PARTIAL(name, text) Remark{#name, "partial", text},
#define REFUSED(name, text) Remark{#name, "refused", text},
#define ABSENT(name) Remark{#name, "absent", "Linux 6 has none either"},
#include "components/linux/syscall/partial.inc"
#undef PARTIAL
#undef REFUSED
#undef ABSENT
};

int wrong(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

// What the lists promise each other.
int check_lists() {
  for (const Call& call : kCalls) {
    if (std::ranges::count(kCalls, call.name, &Call::name) != 1) return wrong(std::format("{} is there twice", call.name));
    for (const auto number : {&Call::x86_64, &Call::aarch64}) {
      if (call.*number != kNone && std::ranges::count(kCalls, call.*number, number) != 1)
        return wrong(std::format("the number of {} is another's as well", call.name));
    }
  }
  for (const Remark& remark : kRemarks) {
    const auto* const call = std::ranges::find(kCalls, remark.name, &Call::name);
    if (call == kCalls.end() || call->served != (remark.state != "absent"))
      return wrong(std::format("{} is {} by one list and not by the other", remark.name, remark.state));
    if (std::ranges::count(kRemarks, remark.name, &Remark::name) != 1) return wrong(std::format("{} has two remarks", remark.name));
  }
  return 0;
}

std::string number_text(int number) { return number == kNone ? std::string() : std::format("{} ", number); }

std::string count_text(std::map<std::string_view, unsigned>& counts) {
  return std::format("{} full, {} partial, {} refused, {} none, {} absent", counts["full"], counts["partial"], counts["refused"],
                     counts["none"], counts["absent"]);
}

std::string table() {
  std::map<std::string_view, unsigned> counts, counts_of_aarch64;
  std::string rows;
  for (const Call& call : kCalls) {
    const auto* const remark = std::ranges::find(kRemarks, call.name, &Remark::name);
    std::string_view state = call.served ? "full" : "none", text;
    if (remark != kRemarks.end()) {
      state = remark->state;
      text = remark->text;
    }
    if (call.x86_64 != kNone) ++counts[state];
    if (call.aarch64 != kNone) ++counts_of_aarch64[state];
    rows += std::format("| {}| {}| `{}` | {} |{}\n", number_text(call.x86_64), number_text(call.aarch64), call.name, state,
                        text.empty() ? " |" : std::format(" {} |", text));
  }
  return std::format(
             "# Linux' system calls\n\n"
             "Made from `components/linux/syscall/*.inc` by `build/tests/unit/linux_syscalls/system-call-table FILE --write`; a test\n"
             "compares the two. On x86-64: {}.\n"
             "On AArch64, which lacks those that newer ones replace: {}.\n\n"
             "- full: does what Linux' manual says\n"
             "- partial: the last column says what is missing, and how that is refused\n"
             "- refused: known, but always refused, as Linux refuses a user without privileges\n"
             "- none: answers ENOSYS; counted by name and program in the log at the end of a run\n"
             "- absent: a number that Linux 6 does not serve either\n\n"
             "| x86-64 | AArch64 | call | state | missing |\n| --- | --- | --- | --- | --- |\n",
             count_text(counts), count_text(counts_of_aarch64)) +
         rows;
}

}  // namespace

int main(int count, char** values) {
  const auto words = tessera::tools::arguments(count, values);
  if (words.size() < 2) return wrong("usage: system-call-table FILE [--write]");
  if (const int failed = check_lists(); failed != 0) return failed;
  const std::string& file = words[1];
  if (words.size() > 2 && words[2] == "--write") {
    const auto written = tessera::tools::write_file_if_changed(file, table());
    return written ? 0 : wrong(written.error().message);
  }
  const auto text = tessera::tools::read_file(file);
  if (!text) return wrong(text.error().message);
  if (*text == table()) return 0;
  return wrong(file + " does not say what the code does; `" + words[0] + " " + file + " --write` makes it anew");
}
