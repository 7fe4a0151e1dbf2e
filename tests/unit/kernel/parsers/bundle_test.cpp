// SPDX-License-Identifier: Apache-2.0
// find_in_bundle: valid bundles, damaged ones, and mutations whose hashes are put
// right again so that the rest is reached.
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "kernel/boot/bundle.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

static std::uint64_t hash64(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0x9e3779b97f4a7c15 ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.subspan(at).data(), std::min<std::size_t>(8, bytes.size() - at));
    hash = std::rotl(hash ^ word, 29) * 0xbf58476d1ce4e5b9;
  }
  return hash ^ hash >> 32;
}

static constexpr std::size_t kHeader = 32, kEntry = 72;

template <typename T>
static void put(std::vector<std::byte>& bytes, std::size_t at, T value) {
  std::memcpy(std::span(bytes).subspan(at).data(), &value, sizeof value);
}

static void seal(std::vector<std::byte>& bytes, std::size_t entries) {
  put(bytes, 24, hash64(std::span(bytes).subspan(kHeader, entries * kEntry)));
}

static std::vector<std::byte> bundle(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<std::byte> bytes(kHeader + files.size() * kEntry);
  std::memcpy(bytes.data(), "TESSBNDL", 8);
  put<std::uint32_t>(bytes, 8, 1);
  put(bytes, 12, static_cast<std::uint32_t>(files.size()));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::size_t entry = kHeader + i * kEntry;
    const auto& [name, text] = files[i];
    std::memcpy(std::span(bytes).subspan(entry).data(), name.data(), name.size());
    put<std::uint64_t>(bytes, entry + 48, bytes.size());
    put<std::uint64_t>(bytes, entry + 56, text.size());
    const auto content = std::as_bytes(std::span(text));
    put(bytes, entry + 64, hash64(content));
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  put<std::uint64_t>(bytes, 16, bytes.size());
  seal(bytes, files.size());
  return bytes;
}

static std::string found(const std::vector<std::byte>& bytes, std::string_view name) {
  const auto content = find_in_bundle(bytes, name);
  if (!content) return "error: " + std::string(content.error());
  CHECK(content->data() >= bytes.data() && content->size() <= bytes.size());
  return {reinterpret_cast<const char*>(content->data()), content->size()};
}

TEST(bundle_finds_entries) {
  const std::string full_name(40, 'n');
  const auto bytes = bundle({{"linux", "a kernel"}, {"genesis", "the first"}, {full_name, ""}});
  CHECK_EQ(found(bytes, "genesis"), std::string("the first"));
  CHECK_EQ(found(bytes, "linux"), std::string("a kernel"));
  CHECK_EQ(found(bytes, full_name), std::string());
  CHECK(found(bytes, "gen").starts_with("error"));
  CHECK(found(bytes, "genesis2").starts_with("error"));
  CHECK(found(bundle({}), "genesis").starts_with("error"));
}

TEST(bundle_refuses_damage) {
  const auto bytes = bundle({{"genesis", "the first"}, {"other", "x"}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(found(part, "genesis").starts_with("error"));
  }
  // Every single bit of header (but its last word's twin), entries and content is covered.
  unsigned unnoticed = 0;
  for (std::size_t bit = 0; bit < (kHeader + 2 * kEntry + 9) * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    const std::string text = found(damaged, "genesis");
    if (!text.starts_with("error")) {
      ++unnoticed;
      CHECK_EQ(text, std::string("the first"));
      CHECK(bit / 64 == 2);  // total_bytes may be smaller than it is
    }
  }
  CHECK(unnoticed < 64);
}

TEST(bundle_survives_mutations) {
  Random random(seed_or(4));
  const auto bytes = bundle({{"genesis", "the first"}, {"other", "something longer than eight"}});
  static constexpr std::array<std::uint64_t, 6> kOdd{0, 1, 4096, 0xffff'ffff, ~std::uint64_t{0}, std::uint64_t{1} << 63};
  for (unsigned round = 0; round < 30'000; ++round) {
    auto mutated = bytes;
    if (random.one_in(8)) mutated.resize(random.below(mutated.size()));
    if (mutated.size() < kHeader) continue;
    for (std::uint64_t change = 0; change <= random.below(4); ++change) {
      const std::size_t at = random.below(mutated.size() - 8);
      if (random.one_in(2)) {
        put(mutated, at & ~std::size_t{7}, kOdd.at(random.below(kOdd.size())));
      } else {
        mutated[at] = static_cast<std::byte>(random.next());
      }
    }
    std::uint32_t count = 0;
    std::memcpy(&count, std::span(mutated).subspan(12).data(), 4);
    if (random.one_in(2) && count <= 2 && mutated.size() >= kHeader + count * kEntry) seal(mutated, count);
    (void)found(mutated, "genesis");
  }
}

}  // namespace tessera::nucleus::test
