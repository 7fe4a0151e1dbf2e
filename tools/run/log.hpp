// SPDX-License-Identifier: Apache-2.0
// The machine's log: kept in part, written to a file when asked, and watched for
// the nucleus' last word (docs/formats.md, "Log line").
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/result.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::run {

class MachineLog {
 public:
  // Also write all of it to FILE.
  [[nodiscard]] Result<void> open(const std::string& file);
  // Also write the lines of the component `audit` to FILE.
  [[nodiscard]] Result<void> open_audit(const std::string& file);

  // Also write what this component says, without time and name, to standard output; "": none.
  void show(std::string component) { shown_ = std::move(component); }

  // Also keep what this component says behind PREFIX.
  void keep(std::string component, std::string prefix) {
    kept_component_ = std::move(component);
    kept_prefix_ = std::move(prefix);
  }
  [[nodiscard]] const std::vector<std::string>& kept() const { return kept_; }

  void feed(std::string_view bytes);

  // `tessera: power-off status=N`, said by the nucleus itself.
  [[nodiscard]] std::optional<int> status() const { return status_; }
  // `tessera: fatal: TEXT`.
  [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }
  // The last lines, oldest first; the unfinished one too.
  [[nodiscard]] std::deque<std::string> last_lines() const;

 private:
  void end_line();

  std::string line_;
  std::deque<std::string> lines_;
  std::optional<int> status_;
  std::optional<std::string> fatal_;
  std::string shown_;
  std::string kept_component_, kept_prefix_;
  std::vector<std::string> kept_;
  UniqueFd file_, audit_;
};

}  // namespace tessera::tools::run
