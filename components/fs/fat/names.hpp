// SPDX-License-Identifier: Apache-2.0
// Names of files: what one may be, how it lies in long and short entries, and when two are the same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "components/fs/bytes.hpp"
#include "components/fs/error.hpp"
#include "components/fs/fat/layout.hpp"
#include "components/fs/fat/text.hpp"

namespace tessera::fs::fat {

// As it lies in an entry: 8 and 3 characters, blank-padded.
using ShortName = std::array<char, entry::kNameBytes>;
[[nodiscard]] std::uint8_t checksum(const ShortName& name);
[[nodiscard]] ShortName short_name_of(Bytes slot);
// As a text: UTF-8, lower case where the entry says so. What no name may hold becomes '_'.
[[nodiscard]] Text text_of(Bytes slot);

// Without the dots at its end, which do not count.
[[nodiscard]] std::string_view without_dots(std::string_view name);
// Upper and lower case of ASCII are the same.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

// A name that a file gets.
struct NewName {
  Text text;
  std::vector<char16_t> units;     // of the long name; none: the short one says it all
  ShortName short_name{};          // with `numbered` a beginning
  std::uint8_t case_bits = 0;
  bool numbered = false;           // the short name gets a number, so that nothing else in the directory has it
  [[nodiscard]] std::uint32_t parts() const { return static_cast<std::uint32_t>((units.size() + entry::kUnits - 1) / entry::kUnits); }
  [[nodiscard]] std::uint32_t slots() const { return parts() + 1; }
};
// not_found: only dots (as Linux says); invalid: characters that no name may hold, a blank at the end, no UTF-8; name_too_long.
[[nodiscard]] Result<NewName> new_name(std::string_view text);
// The short name with this number, "LONGNA~1".
[[nodiscard]] ShortName numbered(const ShortName& name, std::uint32_t number);

// Part `order` (from 1 on) of the long name.
void put_part(Room slot, const NewName& name, std::uint32_t order, std::uint8_t checksum);

// Collects a long name from its parts as they come; what is out of order is forgotten.
class LongName {
 public:
  void add(Bytes slot);
  void forget() { expected_ = 0; whole_ = false; }
  // The text for the short entry that follows; empty: there is none, or it belongs to something else, or is no name.
  [[nodiscard]] Text take(const ShortName& of);
  // Slots that were taken for it, right before the short entry.
  [[nodiscard]] std::uint32_t slots() const { return whole_ ? parts_ : 0; }

 private:
  std::array<char16_t, entry::kMostParts * entry::kUnits> units_{};
  std::uint32_t parts_ = 0, expected_ = 0;  // the next part's order
  std::uint8_t checksum_ = 0;
  bool whole_ = false;
};

}  // namespace tessera::fs::fat
