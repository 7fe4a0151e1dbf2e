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

#include "components/linux/syscall/names.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace {

struct Served {
  unsigned number;
  std::string_view name;
};
constexpr std::array kServed{
#define SYSCALL(number, name) Served{number, #name},
#include "components/linux/syscall/fs.inc"
#include "components/linux/syscall/process.inc"
#include "components/linux/syscall/socket.inc"
#undef SYSCALL
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

constexpr unsigned kNumbers = 512;

int wrong(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

// What the lists promise each other.
int check_lists() {
  for (const Served& call : kServed) {
    if (tessera::lx::system_call_name(call.number) != call.name)
      return wrong(std::format("{} is not the name of number {}", call.name, call.number));
  }
  for (const Remark& remark : kRemarks) {
    if (std::ranges::contains(kServed, remark.name, &Served::name) != (remark.state != "absent"))
      return wrong(std::format("{} is {} by one list and not by the other", remark.name, remark.state));
    if (std::ranges::count(kRemarks, remark.name, &Remark::name) != 1) return wrong(std::format("{} has two remarks", remark.name));
  }
  return 0;
}

std::string table() {
  std::map<std::string_view, unsigned> counts;
  std::string rows;
  for (unsigned number = 0; number < kNumbers; ++number) {
    const std::string_view name = tessera::lx::system_call_name(number);
    if (name.empty()) continue;
    const auto* const remark = std::ranges::find(kRemarks, name, &Remark::name);
    std::string_view state = std::ranges::contains(kServed, number, &Served::number) ? "full" : "none", text;
    if (remark != kRemarks.end()) {
      state = remark->state;
      text = remark->text;
    }
    ++counts[state];
    rows += std::format("| {} | `{}` | {} |{}\n", number, name, state, text.empty() ? " |" : std::format(" {} |", text));
  }
  return std::format(
             "# Linux' system calls\n\n"
             "Made from `components/linux/syscall/*.inc` by `build/tests/unit/linux_syscalls/system-call-table FILE --write`; a test\n"
             "compares the two. On x86-64: {} full, {} partial, {} refused, {} none, {} absent.\n\n"
             "- full: does what Linux' manual says\n"
             "- partial: the last column says what is missing, and how that is refused\n"
             "- refused: known, but always refused, as Linux refuses a user without privileges\n"
             "- none: answers ENOSYS; counted by name and program in the log at the end of a run\n"
             "- absent: a number that Linux 6 does not serve either\n\n"
             "| number | call | state | missing |\n| --- | --- | --- | --- |\n",
             counts["full"], counts["partial"], counts["refused"], counts["none"], counts["absent"]) +
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
