// SPDX-License-Identifier: Apache-2.0
// The machine's log.
#include "tools/run/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <abi/protocols/log.hpp>
#include <cstddef>

#include "tools/audit/record.hpp"
#include "tools/support/file.hpp"
#include "tools/support/size.hpp"

namespace tessera::tools::run {
namespace {

namespace wire = protocol::log;

constexpr std::size_t kKeptLines = 40;
constexpr std::size_t kMostLineBytes = 4096;

// Takes NAME and a colon off. False: it is another's.
bool take_name(std::string_view& line, std::string_view name) {
  constexpr std::string_view kBehind = ": ";
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(kBehind)) return false;
  line.remove_prefix(name.size() + kBehind.size());
  return true;
}

// What the nucleus or genesis said, without time and name; nothing for another
// component's lines, which could otherwise end the run by saying the right words.
std::string_view said_by_nucleus(std::string_view line) {
  if (line.starts_with('[')) {
    const std::size_t end = line.find("] ");
    if (end == std::string_view::npos) return {};
    line.remove_prefix(end + 2);
    if (!take_name(line, wire::kNucleus) && !take_name(line, wire::kGenesis)) return {};
  } else {
    (void)take_name(line, wire::kNucleus);
  }
  return line.starts_with(wire::kMark) ? line.substr(wire::kMark.size()) : std::string_view();
}

}  // namespace

// What `component` said in a line of the log.
static std::optional<std::string_view> said_by(std::string_view component, std::string_view line) {
  const std::size_t end = line.find("] ");
  if (component.empty() || !line.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(end + 2);
  if (!take_name(line, component)) return std::nullopt;
  return line;
}

static Result<void> open_for_writing(UniqueFd& descriptor, const std::string& file) {
  descriptor.reset(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!descriptor.valid()) return fail_errno("cannot write the log to " + file);
  return {};
}
Result<void> MachineLog::open(const std::string& file) { return open_for_writing(file_, file); }
Result<void> MachineLog::open_audit(const std::string& file) { return open_for_writing(audit_, file); }

void MachineLog::feed(std::string_view bytes) {
  // A full disk must not end the run: the log goes on in memory.
  if (file_.valid() && !write_all(file_.get(), bytes, "the log")) file_.reset();
  for (const char character : bytes) {
    if (character == '\n') {
      end_line();
    } else if (character != '\r' && line_.size() < kMostLineBytes) {
      line_ += character;
    }
  }
}

void MachineLog::end_line() {
  if (const std::string_view said = said_by_nucleus(line_); said.starts_with(wire::kPowerOff)) {
    const auto status = parse_number(said.substr(wire::kPowerOff.size()));
    if (status && *status <= 255) status_ = static_cast<int>(*status);
  } else if (said.starts_with(wire::kFatal) && !fatal_) {
    fatal_ = std::string(said.substr(wire::kFatal.size()));
  }
  if (audit_.valid() && audit::parse_record(line_) && !write_all(audit_.get(), line_ + "\n", "the audit")) audit_.reset();
  if (const auto said = said_by(shown_, line_)) {
    if (!write_all(STDOUT_FILENO, std::string(*said) + "\n", "standard output")) shown_.clear();
  }
  if (const auto said = said_by(kept_component_, line_); said && said->starts_with(kept_prefix_)) {
    kept_.emplace_back(said->substr(kept_prefix_.size()));
  }
  lines_.push_back(line_);
  if (lines_.size() > kKeptLines) lines_.pop_front();
  line_.clear();
}

std::deque<std::string> MachineLog::last_lines() const {
  std::deque<std::string> lines = lines_;
  if (!line_.empty()) lines.push_back(line_);
  return lines;
}

}  // namespace tessera::tools::run
