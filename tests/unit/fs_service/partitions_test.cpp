// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/partitions.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "components/fs/service/part_device.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/fs/tools.hpp"
#include "tests/unit/fs_service/tables.hpp"
#include "tests/unit/lib/ring/random.hpp"

using namespace tessera;
using fs::Error;
using fs::PartitionTable;
using Kind = PartitionTable::Kind;

namespace {

fs::Result<PartitionTable> table_of(std::vector<std::byte> image, std::size_t room = 65536) {
  test::HostLoop loop;
  test::ImageDevice device(loop, std::move(image), 65536);
  return test::run(loop, fs::read_partitions(device, device.memory().first(room)));
}

// "number:first+sectors" of all.
std::string shown(const fs::Result<PartitionTable>& table) {
  if (!table) return std::string(name(table.error()));
  std::string all;
  for (const fs::Partition& one : table->partitions) {
    all += std::to_string(one.number) + ":" + std::to_string(one.first / 512) + "+" + std::to_string(one.bytes / 512) + " ";
  }
  return all;
}

constexpr std::array<test::GptEntry, 3> kEntries{{{40, 139}, {0, 0}, {200, 2000}}};

}  // namespace

TEST(a_disk_without_a_table_has_none) {
  CHECK(table_of(std::vector<std::byte>(4096))->kind == Kind::none);
  // A boot sector of a file system ends as a table does.
  std::vector<std::byte> boot(1 << 20, std::byte{0x90});
  test::put(boot, 510, 0xaa55, 2);
  CHECK(table_of(boot)->kind == Kind::none);
  CHECK(table_of(test::make_image("-t ext4", 2048))->kind == Kind::none);
}

TEST(an_mbr_with_logical_partitions) {
  const auto table = table_of(test::mbr_image());
  CHECK(table->kind == Kind::mbr);
  CHECK_EQ(shown(table), "1:64+100 3:200+56 5:520+100 6:776+50 7:1120+10 ");
  CHECK_EQ(table->find(6)->mbr_type, 0x82u);
  CHECK(table->find(2) == nullptr && table->find(4) == nullptr && table->find(8) == nullptr);
}

TEST(what_does_not_lie_on_the_disk_is_left_out) {
  auto image = test::mbr_image();
  test::put_mbr(image, 0, 1, 0x83, 2000, 49);
  test::put_mbr(image, 768, 0, 0x83, ~0u, 1);
  CHECK_EQ(shown(table_of(image)), "1:64+100 3:200+56 5:520+100 7:1120+10 ");
  test::put_mbr(image, 0, 1, 0x83, 2000, 48);
  CHECK_EQ(table_of(image)->find(2)->bytes, 48u * 512);
}

TEST(a_chain_that_is_a_circle_or_leads_away_ends) {
  auto image = test::mbr_image();
  test::put_mbr(image, 1112, 1, 0x05, 256, 100);
  CHECK_EQ(table_of(image)->partitions.size(), 2u + 251u);
  test::put_mbr(image, 1112, 1, 0x05, 1024, 100);
  CHECK_EQ(table_of(image)->partitions.size(), 5u);
  test::put_mbr(image, 0, 3, 0x05, 3000, 1024);
  CHECK_EQ(table_of(image)->partitions.size(), 2u);
}

TEST(a_gpt) {
  for (const std::size_t room : {4096u, 8192u, 65536u}) {
    const auto table = table_of(test::gpt_image(kEntries), room);
    CHECK(table->kind == Kind::gpt && !table->from_backup);
    CHECK_EQ(shown(table), "1:40+100 3:200+1801 ");
    CHECK_EQ(table->find(3)->type.front(), 3u);
    CHECK_EQ(table->find(3)->identity.back(), 103u);
  }
}

TEST(the_backup_serves_where_the_first_is_damaged) {
  const auto good = test::gpt_image(kEntries);
  for (const std::size_t at : {512u, 512u + 40, 512u + 91, 1024u, 1024u + 127 * 128 + 5}) {
    auto image = good;
    image.at(at) ^= std::byte{1};
    const auto table = table_of(image);
    CHECK(table.has_value() && table->from_backup);
    CHECK_EQ(shown(table), "1:40+100 3:200+1801 ");
    // Both: an error, and nothing is guessed.
    image.at(2047 * 512 + 30) ^= std::byte{1};
    CHECK_EQ(shown(table_of(image)), "corrupt");
  }
}

TEST(headers_that_ask_for_too_much_are_none) {
  struct Field {
    std::size_t at;
    std::uint64_t value;
    std::size_t bytes;
  };
  for (const Field& field : {Field{12, 513, 4}, Field{12, 91, 4}, Field{24, 2, 8}, Field{40, 0, 8}, Field{48, 2048, 8}, Field{80, 1025, 4}, Field{84, 64, 4},
                             Field{84, 8192, 4}, Field{84, 129, 4}, Field{72, ~0ull, 8}, Field{72, 2030, 8}}) {
    auto image = test::gpt_image(kEntries);
    std::span(image).subspan(2047 * 512, 512)[0] = std::byte{0};
    const auto header = std::span(image).subspan(512, 512);
    test::put(header, field.at, field.value, field.bytes);
    test::put(header, 16, 0, 4);
    // The checksum is right, so that what is tested is the field; also of a header that says another length.
    const std::size_t bytes = std::min<std::size_t>(fs::partition::word_at<std::uint32_t>(header, 12), 512);
    test::put(header, 16, fs::partition::crc32(header.first(bytes)), 4);
    CHECK_EQ(shown(table_of(image)), "corrupt");
  }
}

TEST(entries_outside_of_what_is_usable_are_left_out) {
  constexpr std::array<test::GptEntry, 5> kBad{{{33, 40}, {41, 40}, {100, 2015}, {100, 200}, {~0ull, ~0ull}}};
  CHECK_EQ(shown(table_of(test::gpt_image(kBad))), "4:100+101 ");
}

TEST(the_hosts_own_tool_makes_the_same) {
  if (test::shell("command -v sfdisk").status != 0) {
    std::printf("no sfdisk: left out\n");
    return;
  }
  for (const bool gpt : {false, true}) {
    const std::string file = test::scratch() + "/table.img";
    const std::string logical = gpt ? "3: size=16M\\n4: size=2M\\n" : "3: size=40M, type=5\\n5: size=16M\\n6: size=2M\\n";
    const auto made = test::shell("truncate -s 80M " + file + " && printf 'label: " + (gpt ? "gpt" : "dos") +
                                  "\\n1: size=8M\\n2: size=4M\\n" + logical + "' | sfdisk -q " + file);
    CHECK_EQ(made.status, 0);
    const auto said = test::shell("sfdisk -q -l -o Start,Sectors " + file + " | tail -n +2 | awk '{print $1 \"+\" $2}' | tr '\\n' ' '");
    std::string expected = said.output, ours;
    const auto table = table_of(test::read_file(file));
    CHECK(table.has_value() && table->kind == (gpt ? Kind::gpt : Kind::mbr));
    for (const fs::Partition& one : table->partitions) ours += std::to_string(one.first / 512) + "+" + std::to_string(one.bytes / 512) + " ";
    // The tool lists the extended one, too.
    if (!gpt) {
      const std::size_t extended = expected.find("+81920 ");
      CHECK(extended != std::string::npos);
      const std::size_t begin = expected.rfind(' ', extended) + 1;
      expected.erase(begin, extended + 7 - begin);
    }
    CHECK_EQ(ours, expected);
    CHECK(table->partitions.size() == 4);
  }
}

TEST(mutated_tables_are_read_or_refused) {
  test::Random random("mutated tables");
  unsigned good = 0, refused = 0;
  for (unsigned round = 0; round < 500; ++round) {
    auto image = random.one_in(2) ? test::mbr_image() : test::gpt_image(kEntries);
    const std::uint64_t bytes = image.size();
    for (std::uint64_t i = random.below(6) + 1; i > 0; --i) {
      const std::size_t sector = random.one_in(3) ? 0 : random.one_in(2) ? random.below(4) : random.one_in(2) ? 2047 : random.below(2048);
      image.at(sector * 512 + (random.one_in(2) ? 446 + random.below(66) : random.below(100))) = static_cast<std::byte>(random.next());
    }
    const auto table = table_of(std::move(image));
    ++(table ? good : refused);
    if (!table) continue;
    CHECK(table->partitions.size() <= fs::kMostPartition);
    for (const fs::Partition& one : table->partitions) {
      CHECK(one.number >= 1 && one.number <= fs::kMostPartition && one.bytes > 0 && one.first < bytes && one.bytes <= bytes - one.first);
    }
  }
  CHECK(good > 50 && refused > 5);
}

TEST(a_part_is_a_device_of_its_own) {
  test::HostLoop loop;
  test::ImageDevice disk(loop, std::vector<std::byte>(8192));
  fs::PartDevice part(disk, 2048, 4096, disk.memory().subspan(4096, 4096));
  const std::span<std::byte> sector = disk.memory().first(512);
  const auto one = std::span(&sector, 1);
  std::ranges::fill(sector, std::byte{7});
  CHECK(test::run(loop, part.write(3584, one, false)).has_value());
  CHECK(disk.image().at(2048 + 3584) == std::byte{7});
  for (const std::uint64_t outside : {std::uint64_t{4096}, std::uint64_t{3585}, ~std::uint64_t{0} - 511, ~std::uint64_t{0} - 2047}) {
    CHECK(test::run(loop, part.write(outside, one, false)) == std::unexpected(Error::invalid));
    CHECK(test::run(loop, part.read(outside, one)) == std::unexpected(Error::invalid));
    CHECK(test::run(loop, part.discard(outside, 512)) == std::unexpected(Error::invalid));
  }
}
