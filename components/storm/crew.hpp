// SPDX-License-Identifier: Apache-2.0
// What members have from round to round: their memory, which the supervisor sees too,
// and a copy of the component's code, at the same addresses as the component's own.
#pragma once

#include <array>
#include <cstdint>

#include "components/storm/faults.hpp"
#include "components/storm/member.hpp"
#include "lib/rt/code_copy.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::storm {

class Crew {
 public:
  static constexpr std::size_t kMost = 5;
  static_assert(kMost <= Faults::kMostMembers);

  Crew();
  [[nodiscard]] Member& member(std::size_t index) const;
  [[nodiscard]] rt::Handle memory(std::size_t index) const { return memory_[index].memory; }
  [[nodiscard]] const Faults& faults() const { return faults_; }

  // Maps the code, the member's memory and its scratch memory into its space, in the order of their attachments.
  void furnish(std::size_t index, rt::Handle space, rt::Handle scratch) const;

 private:
  Faults faults_;
  std::array<rt::Mapping, kMost> memory_;
  rt::CodeCopy code_;
};

}  // namespace tessera::storm
