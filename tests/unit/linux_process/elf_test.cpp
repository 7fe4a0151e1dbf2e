// SPDX-License-Identifier: Apache-2.0
// ELF planning: a good file, each refusal, and thousands of damaged ones.
#include <cstring>
#include <vector>

#include "components/linux/exec/elf.hpp"
#include "components/linux/memory/area.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

constexpr std::uint16_t kMachine = 62;

template <typename T>
void put(std::vector<std::byte>& bytes, std::size_t offset, T value) {
  std::memcpy(std::span(bytes).subspan(offset, sizeof value).data(), &value, sizeof value);
}

struct Segment {
  std::uint32_t type = 1, flags = 5;
  std::uint64_t offset = 0, address = 0, file_bytes = 0, memory_bytes = 0, alignment = 4096;
};

std::vector<std::byte> make_file(const std::vector<Segment>& segments, std::uint16_t type = 2) {
  std::vector<std::byte> bytes(kElfHeaderBytes + segments.size() * kProgramHeaderBytes);
  put<std::uint32_t>(bytes, 0, 0x464c457f);
  put<std::uint8_t>(bytes, 4, 2);
  put<std::uint8_t>(bytes, 5, 1);
  put<std::uint16_t>(bytes, 16, type);
  put<std::uint16_t>(bytes, 18, kMachine);
  put<std::uint64_t>(bytes, 24, 0x401000);
  put<std::uint64_t>(bytes, 32, kElfHeaderBytes);
  put<std::uint16_t>(bytes, 54, kProgramHeaderBytes);
  put<std::uint16_t>(bytes, 56, static_cast<std::uint16_t>(segments.size()));
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::size_t at = kElfHeaderBytes + i * kProgramHeaderBytes;
    put(bytes, at, segments[i].type);
    put(bytes, at + 4, segments[i].flags);
    put(bytes, at + 8, segments[i].offset);
    put(bytes, at + 16, segments[i].address);
    put(bytes, at + 32, segments[i].file_bytes);
    put(bytes, at + 40, segments[i].memory_bytes);
    put(bytes, at + 48, segments[i].alignment);
  }
  return bytes;
}

std::vector<Segment> usual() {
  return {{.flags = 5, .offset = 0, .address = 0x400000, .file_bytes = 0x1800, .memory_bytes = 0x1800},
          {.flags = 6, .offset = 0x1800, .address = 0x402800, .file_bytes = 0x100, .memory_bytes = 0x3000},
          {.type = 0x6474e551, .flags = 6}};
}

Result<ElfPlan> plan(const std::vector<std::byte>& bytes) {
  const auto header = read_elf_header(bytes, kMachine);
  if (!header) return fail(header.error());
  const std::uint64_t table = std::uint64_t{header->table_entries} * kProgramHeaderBytes;
  if (header->table_offset > bytes.size() || table > bytes.size() - header->table_offset) return fail(Errno::enoexec);
  return plan_elf(*header, std::span(bytes).subspan(static_cast<std::size_t>(header->table_offset), static_cast<std::size_t>(table)));
}

void good() {
  const auto result = plan(make_file(usual()));
  CHECK(result.has_value());
  if (!result) return;
  CHECK(!result->header.position_independent && result->header.entry == 0x401000);
  CHECK(result->segments.size() == 2 && result->low == 0x400000 && result->high == 0x406000);
  CHECK(result->segments[0].protection == (kProtRead | kProtExecute));
  CHECK(result->segments[1].protection == (kProtRead | kProtWrite));
  CHECK(result->table_address == 0x400000 + kElfHeaderBytes);
  CHECK(!result->interpreter && !result->executable_stack && !result->unloadable);
  const auto shared = plan(make_file(usual(), 3));
  CHECK(shared && shared->header.position_independent);
}

template <typename T>
bool refused_with(std::size_t offset, T value) {
  auto bytes = make_file(usual());
  put(bytes, offset, value);
  const auto result = plan(bytes);
  return !result && result.error() == Errno::enoexec;
}

void refusals() {
  CHECK(refused_with<std::uint8_t>(0, 0x7e));
  CHECK(!refused_with<std::uint8_t>(4, 1));     // Linux does not look at the class
  CHECK(refused_with<std::uint16_t>(16, 1));    // relocatable
  CHECK(refused_with<std::uint16_t>(18, 183));  // AArch64
  CHECK(refused_with<std::uint16_t>(54, 32));
  CHECK(refused_with<std::uint16_t>(56, 0));
  CHECK(refused_with<std::uint16_t>(56, 0xffff));
  CHECK(refused_with<std::uint64_t>(32, 1 << 20));
  auto bytes = make_file(usual());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!plan(std::vector<std::byte>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))));
}

// What Linux finds out after the old program is gone.
void unloadable() {
  auto segments = usual();
  segments[0].file_bytes = 0x2000;  // more in the file than in memory
  auto result = plan(make_file(segments));
  CHECK(result && result->unloadable);
  segments = usual();
  segments[1].address = ~std::uint64_t{0} - 100;
  result = plan(make_file(segments));
  CHECK(result && result->unloadable);
  result = plan(make_file({{.type = 4}}));
  CHECK(result && result->unloadable);
}

void interpreter() {
  auto segments = usual();
  segments.push_back({.type = 3, .offset = 0x200, .file_bytes = 28, .memory_bytes = 28});
  auto result = plan(make_file(segments));
  CHECK(result && result->interpreter && result->interpreter->offset == 0x200);
  segments.back().file_bytes = 1;
  CHECK(!plan(make_file(segments)));
  segments.back().file_bytes = 5000;
  CHECK(!plan(make_file(segments)));
}

void properties() {
  auto segments = usual();
  segments.push_back({.type = 0x6474e553, .offset = 0x300, .file_bytes = 32});
  segments.push_back({.type = 0x6474e553, .offset = 0x400, .file_bytes = 48});
  const auto result = plan(make_file(segments));
  CHECK(result && result->properties && result->properties->offset == 0x400 && result->properties->file_bytes == 48);
}

// Whatever the bytes, a plan that may be loaded keeps its promises.
void damaged() {
  Random random(seed);
  const auto original = make_file(usual());
  for (int round = 0; round < 20000; ++round) {
    auto bytes = original;
    const std::uint64_t changes = 1 + random.below(8);
    for (std::uint64_t i = 0; i < changes; ++i)
      bytes[static_cast<std::size_t>(random.below(bytes.size()))] = static_cast<std::byte>(random.next());
    const auto result = plan(bytes);
    if (!result || result->unloadable) continue;
    CHECK(!result->segments.empty() && result->low <= result->high && result->low % kPageBytes == 0);
    for (const ElfSegment& segment : result->segments) {
      CHECK(segment.file_bytes <= segment.memory_bytes);
      CHECK(segment.address >= result->low && segment.address + segment.memory_bytes <= result->high);
    }
    CHECK((result->alignment & (result->alignment - 1)) == 0 && result->alignment >= kPageBytes);
  }
}

}  // namespace

void elf_tests() {
  good();
  refusals();
  unloadable();
  interpreter();
  properties();
  damaged();
}

}  // namespace tessera::lx::test
