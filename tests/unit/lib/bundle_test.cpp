// SPDX-License-Identifier: Apache-2.0
#include "lib/format/bundle.hpp"

#include <random>
#include <string>
#include <vector>

#include "lib/format/hash64.hpp"
#include "tests/support/check.hpp"

using namespace tessera;
using format::Bundle;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

template <typename T>
void put(std::string& to, T value) {
  for (unsigned i = 0; i < sizeof(T); ++i) to += static_cast<char>(value >> (8 * i));
}

struct Entry {
  std::string name;
  std::uint32_t kind;
  std::string content;
  std::uint64_t offset_error = 0;
};

std::string make(const std::vector<Entry>& entries) {
  std::string table, contents;
  for (const Entry& one : entries) {
    table += one.name + std::string(40 - one.name.size(), '\0');
    put(table, one.kind);
    put(table, std::uint32_t{0});
    put(table, std::uint64_t{4096 + contents.size() + one.offset_error});
    put(table, std::uint64_t{one.content.size()});
    put(table, one.kind == 4 ? 0 : format::hash64(bytes_of(one.content)));
    contents += one.content + std::string((4096 - one.content.size() % 4096) % 4096, '\0');
  }
  std::string bundle = "TESSBNDL";
  put(bundle, std::uint32_t{1});
  put(bundle, static_cast<std::uint32_t>(entries.size()));
  put(bundle, std::uint64_t{4096 + contents.size()});
  put(bundle, format::hash64(bytes_of(table)));
  bundle += table;
  bundle.resize(4096);
  return bundle + contents;
}

}  // namespace

TEST(hash_as_documented) {
  CHECK_EQ(format::hash64({}), 0x9e3779b97f4a7c15 ^ (0x9e3779b97f4a7c15 >> 32));
  CHECK(format::hash64(bytes_of("abc")) != format::hash64(bytes_of(std::string("abc\0", 4))));
}

TEST(a_good_bundle) {
  const std::string text = make({{"console", 2, "elf"}, {"manifest", 1, "lines"}, {"root.data", 4, "files"}});
  const auto bundle = Bundle::open(bytes_of(text));
  CHECK(bundle.has_value());
  CHECK_EQ(bundle->count(), 3u);
  const auto manifest = bundle->find("manifest");
  CHECK(manifest && manifest->kind == format::EntryKind::manifest && bundle->check_content(*manifest));
  CHECK_EQ(bundle->content(*manifest).size(), 5u);
  CHECK(!bundle->find("nothing"));
}

TEST(damage_is_found) {
  const std::string text = make({{"console", 2, "elf"}, {"manifest", 1, "lines"}, {"root.data", 4, "files"}});
  std::string damaged = text;
  damaged[40] ^= 1;
  CHECK(!Bundle::open(bytes_of(damaged)));
  damaged = text;
  damaged[4096] ^= 1;  // console's content
  const auto bundle = Bundle::open(bytes_of(damaged));
  CHECK(bundle && !bundle->check_content(*bundle->find("console")) && bundle->check_content(*bundle->find("manifest")));
  for (std::size_t length : {0u, 8u, 31u, 32u, 100u, 4096u, 8192u}) CHECK(!Bundle::open(bytes_of(text).first(length)));
}

TEST(entries_that_make_no_sense) {
  CHECK(!Bundle::open(bytes_of(make({{"b", 2, "x"}, {"a", 2, "y"}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 2, "x"}, {"a", 2, "y"}}))));
  CHECK(!Bundle::open(bytes_of(make({{"", 2, "x"}}))));
  CHECK(!Bundle::open(bytes_of(make({{std::string(40, 'n'), 2, "x"}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 0, "x"}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 7, "x"}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 2, "x", 1}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 2, "x", 8192}}))));
  CHECK(!Bundle::open(bytes_of(make({{"a", 2, "x", ~std::uint64_t{0} - 8191}}))));
}

TEST(random_damage_never_reads_outside) {
  const std::string text = make({{"console", 2, "elf"}, {"manifest", 1, "lines"}});
  std::mt19937 random(4);
  for (unsigned round = 0; round < 5000; ++round) {
    std::string damaged = text;
    for (unsigned i = 0; i < 1 + round % 4; ++i) damaged[random() % 200] = static_cast<char>(random());
    damaged.resize(random() % 3 == 0 ? random() % damaged.size() : damaged.size());
    const auto bundle = Bundle::open(bytes_of(damaged));
    if (!bundle) continue;
    for (std::size_t i = 0; i < bundle->count(); ++i) (void)bundle->check_content(bundle->entry(i));
  }
}
