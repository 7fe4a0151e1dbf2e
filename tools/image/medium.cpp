// SPDX-License-Identifier: Apache-2.0
#include "tools/image/medium.hpp"

#include <fcntl.h>
#include <sys/time.h>

#include <array>

#include "tools/image/root.hpp"
#include "tools/support/process.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::image {

static std::vector<std::pair<std::string, std::string>> environment() {
  return {{"SOURCE_DATE_EPOCH", std::to_string(source_date())}, {"MTOOLS_SKIP_CHECK", "1"}, {"TZ", "UTC"}, {"LC_ALL", "C"}};
}

Result<void> run_quietly(std::vector<std::string> words) {
  return run_program({std::move(words), "", environment()}).transform([](const std::string&) {});
}

Result<void> check_output(const std::string& output) {
  const UniqueFd file(::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file.valid()) return fail_errno("cannot write " + output);
  return {};
}

Result<void> date(const std::string& path) {
  const auto seconds = static_cast<time_t>(source_date());
  const std::array<timeval, 2> times{{{seconds, 0}, {seconds, 0}}};
  if (::utimes(path.c_str(), times.data()) != 0) return fail_errno("cannot set the time of " + path);
  return {};
}

}  // namespace tessera::tools::image
