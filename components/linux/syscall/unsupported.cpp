// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/unsupported.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "components/linux/core/log.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/names.hpp"

namespace tessera::lx {

namespace {

struct Missing {
  std::uint64_t number = 0;
  std::array<char, 16> program{};
  std::uint64_t count = 0;
};

// A program that tries random numbers must not fill memory with this list.
constexpr std::size_t kMostEntries = 256;
// All numbers behind the table count as one.
constexpr std::uint64_t kBeyond = 512;

std::vector<Missing>& missing() {
  static std::vector<Missing> list;
  return list;
}

}  // namespace

void count_unsupported(std::uint64_t number) {
  number = std::min(number, kBeyond);
  const auto& program = current_thread().name;
  auto& list = missing();
  for (Missing& entry : list) {
    if (entry.number == number && entry.program == program) {
      ++entry.count;
      return;
    }
  }
  if (list.size() < kMostEntries) list.push_back({.number = number, .program = program, .count = 1});
}

Result<std::int64_t> sys_unsupported(const Arguments&) {
  count_unsupported(current_thread().system_call);
  return fail(Errno::enosys);
}

void report_unsupported() {
  if (missing().empty()) return;
  log_line("unsupported system calls: name count program");
  for (const Missing& entry : missing()) {
    std::string line = "unsupported ";
    const std::string_view name = system_call_name(entry.number);
    if (!name.empty()) line += name;
    else line += "number-" + decimal(entry.number);
    line += ' ';
    line += decimal(entry.count);
    line += ' ';
    const auto end = std::find(entry.program.begin(), entry.program.end(), '\0');
    line.append(entry.program.begin(), end);
    log_line(line);
  }
}

}  // namespace tessera::lx
