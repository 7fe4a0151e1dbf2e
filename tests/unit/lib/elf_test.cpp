// SPDX-License-Identifier: Apache-2.0
#include "lib/format/elf.hpp"

#include <bit>
#include <cstring>
#include <random>
#include <vector>

#include "tests/support/check.hpp"

using namespace tessera;

namespace {

constexpr std::uint64_t kLow = 0xffff'8000'0010'0000, kLimit = 0xffff'8000'4000'0000;

struct Program {
  std::uint32_t type = 1, flags = 5;
  std::uint64_t offset = 4096, address = kLow + 4096, physical = 0, file_bytes = 100, memory_bytes = 100, alignment = 4096;
};

struct File {
  std::vector<std::byte> bytes = std::vector<std::byte>(16384);
  template <typename T>
  void put(std::size_t offset, T value) {
    std::memcpy(std::span(bytes).subspan(offset, sizeof(T)).data(), &value, sizeof(T));
  }
};

File make(const std::vector<Program>& programs, std::uint64_t entry = kLow + 4096) {
  File file;
  const std::array<std::uint8_t, 7> ident{0x7f, 'E', 'L', 'F', 2, 1, 1};
  file.put(0, ident);
  file.put(16, std::uint16_t{2});
  file.put(18, format::kMachineX86);
  file.put(24, entry);
  file.put(32, std::uint64_t{64});
  file.put(54, std::uint16_t{56});
  file.put(56, static_cast<std::uint16_t>(programs.size()));
  std::size_t at = 64;
  for (const Program& one : programs) {
    file.put(at, one);
    at += 56;
  }
  return file;
}

auto plan(const File& file) { return format::plan_elf(file.bytes, format::kMachineX86, kLow, kLimit); }

}  // namespace

TEST(a_good_program) {
  const auto planned = plan(make({{.address = kLow, .flags = 4, .offset = 0},
                                  {},
                                  {.flags = 6, .offset = 8192 + 16, .address = kLow + 8192 + 16, .file_bytes = 50, .memory_bytes = 5000}}));
  CHECK(planned.has_value());
  CHECK_EQ(planned->segment_count, 3u);
  const auto& data = planned->segments[2];
  CHECK(data.write && !data.execute);
  CHECK_EQ(data.address, kLow + 8192);
  CHECK_EQ(data.lead_bytes, 16u);
  CHECK_EQ(data.memory_bytes, 8192u);
  CHECK_EQ(planned->end() - planned->start(), 16384u);
}

TEST(programs_that_are_refused) {
  CHECK(!plan(make({})));
  CHECK(!plan(make({{.flags = 7}})));                                       // W^X
  CHECK(!plan(make({{.flags = 6}})));                                       // entry not in code
  CHECK(!plan(make({{}}, kLow)));                                           // entry outside
  CHECK(!plan(make({{.memory_bytes = 99}})));                               // less memory than file
  CHECK(!plan(make({{.offset = 16384, .file_bytes = 1}})));                 // outside of the file
  CHECK(!plan(make({{.offset = ~std::uint64_t{0} - 10}})));
  CHECK(!plan(make({{.address = 4096}}, 4096)));                            // outside of the range
  CHECK(!plan(make({{.address = kLimit - 4096, .memory_bytes = 8192}}, kLimit - 4096)));
  CHECK(!plan(make({{.address = ~std::uint64_t{0} - 4095}}, ~std::uint64_t{0} - 4095)));
  CHECK(!plan(make({{.memory_bytes = ~std::uint64_t{0}}})));
  CHECK(!plan(make({{}, {}})));                                             // overlap
  CHECK(!plan(make({{}, {.flags = 4, .address = kLow}})));                  // order
  CHECK(!plan(make({{}, {.type = 3}})));                                    // interpreter
  CHECK(!plan(make({{}, {.address = kLimit - 8192}})));                     // spans too much
  std::vector<Program> many(9);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].address = kLow + 4096 * (i + 1);
  CHECK(!plan(make(many)));
}

TEST(headers_that_are_refused) {
  for (const std::size_t at : {0u, 4u, 5u, 6u, 16u, 18u, 54u}) {
    File file = make({{}});
    file.bytes[at] ^= std::byte{0x40};
    CHECK(!plan(file));
  }
  File file = make({{}});
  file.put(32, ~std::uint64_t{0} - 3);
  CHECK(!plan(file));
  file.bytes.resize(63);
  CHECK(!plan(file));
  CHECK(!format::plan_elf(make({{}}).bytes, format::kMachineArm64, kLow, kLimit));
}

TEST(landing_pads_are_what_an_aarch64_program_says) {
  File file = make({{}, {.type = 0x6474e553, .offset = 0x300, .file_bytes = 32}});
  const std::array<std::uint32_t, 8> note{4, 16, 5, 0x554e47, 0xc000'0000, 4, 1, 0};
  file.put(0x300, note);
  CHECK(!plan(file)->landing_pads);
  file.put(18, format::kMachineArm64);
  const auto planned = [&] { return format::plan_elf(file.bytes, format::kMachineArm64, kLow, kLimit); };
  CHECK(planned()->landing_pads);
  file.put(0x300 + 24, std::uint32_t{2});  // other features
  CHECK(!planned()->landing_pads);
  file.put(0x300 + 8, std::uint32_t{6});  // another note
  CHECK(!planned());
}

TEST(random_damage_gives_plans_inside_the_file) {
  std::mt19937 random(5);
  for (unsigned round = 0; round < 20'000; ++round) {
    File file = make({{}, {.flags = 6, .offset = 8192, .address = kLow + 8192}});
    for (unsigned i = 0; i < 1 + round % 5; ++i) file.bytes[random() % 180] = static_cast<std::byte>(random());
    const auto planned = plan(file);
    if (!planned) continue;
    for (const auto& segment : planned->all()) {
      CHECK(segment.file_offset + segment.file_bytes <= file.bytes.size());
      CHECK(segment.lead_bytes + segment.file_bytes <= segment.memory_bytes);
      CHECK(segment.address >= kLow && segment.address + segment.memory_bytes <= kLimit);
      CHECK(!(segment.write && segment.execute));
    }
  }
}
