// SPDX-License-Identifier: Apache-2.0
// The machines of this user that run: a socket for each, through which its component `control` is reached, in a
// directory that is this user's alone. A machine is known by the process number of its `tessera run`.
#pragma once

#include <string>
#include <vector>

#include "tools/support/result.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::control {

// The place of this process' socket; it goes with its owner.
class Place {
 public:
  [[nodiscard]] static Result<Place> make();
  Place(Place&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  Place& operator=(Place&&) = delete;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Place(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Process numbers, in order.
[[nodiscard]] std::vector<std::string> running_machines();

// To the one with this number; with "" to the only one there is.
[[nodiscard]] Result<UniqueFd> reach(const std::string& machine);

}  // namespace tessera::tools::control
