// SPDX-License-Identifier: Apache-2.0
#include "lib/format/elf_properties.hpp"

#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/check.hpp"

using namespace tessera;

namespace {

constexpr std::uint32_t kFeatures = 0xc000'0000;

// A note of properties with these types and values of four bytes.
std::vector<std::byte> make_note(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& properties) {
  std::vector<std::uint32_t> words{4, static_cast<std::uint32_t>(properties.size() * 16), 5, 0x554e47};
  for (const auto& [type, value] : properties) words.insert(words.end(), {type, 4, value, 0});
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST(features_of_good_notes) {
  CHECK_EQ(format::read_elf_features(make_note({})).value(), 0u);
  CHECK_EQ(format::read_elf_features(make_note({{kFeatures, 3}})).value(), 3u);
  CHECK_EQ(format::read_elf_features(make_note({{2, 9}, {kFeatures, 1}, {kFeatures + 1, 8}})).value(), 1u);
}

TEST(damaged_notes_are_refused) {
  CHECK(!format::read_elf_features(make_note({{kFeatures, 1}, {kFeatures, 1}})));
  CHECK(!format::read_elf_features(make_note({{kFeatures, 1}, {2, 1}})));
  const auto good = make_note({{2, 9}, {kFeatures, 1}});
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(!format::read_elf_features(std::span(good).first(size)));
  // Name, type and the size of a property's value.
  for (const std::size_t at : {0u, 8u, 12u, 36u}) {
    auto note = good;
    note[at] ^= std::byte{1};
    CHECK(!format::read_elf_features(note));
  }
}

TEST(random_damage_reads_nothing_outside_the_note) {
  std::mt19937 random(7);
  const auto good = make_note({{2, 9}, {kFeatures, 1}});
  for (unsigned round = 0; round < 20'000; ++round) {
    auto note = good;
    for (unsigned i = 0; i < 1 + round % 6; ++i) note[random() % note.size()] = static_cast<std::byte>(random());
    (void)format::read_elf_features(note);  // the sanitizers look at what it reads
  }
}
