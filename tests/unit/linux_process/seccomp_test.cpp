// SPDX-License-Identifier: Apache-2.0
// The checker of seccomp's programs under random ones: what it lets through is
// followed step by step here, and must stay inside, end, and load only what it
// stored. The interpreter must answer the same when it is asked again.
#include "components/linux/seccomp/program.hpp"

#include <algorithm>
#include <vector>

#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

constexpr std::uint16_t kClassMask = 7, kMemory = 0x60;

// One way through the program, its jumps decided at random.
bool stays_inside(const std::vector<BpfInstruction>& program, Random& random) {
  std::array<bool, 16> stored{};
  for (std::size_t at = 0, steps = 0;; ++at, ++steps) {
    if (at >= program.size() || steps > program.size()) return false;
    const BpfInstruction& instruction = program[at];
    const std::uint16_t kind = instruction.code & kClassMask, rest = instruction.code & ~kClassMask;
    if (kind == 6) return true;
    if (kind == 2 || kind == 3) stored.at(instruction.k) = true;
    if (kind < 2 && rest == kMemory && !stored.at(instruction.k)) return false;
    if (kind == 0 && rest == 0x20 && (instruction.k % 4 != 0 || instruction.k >= sizeof(BpfInput))) return false;
    if (instruction.code == 5) at += instruction.k;
    else if (kind == 5) at += random.below(2) == 0 ? instruction.jump_true : instruction.jump_false;
  }
}

BpfInstruction random_instruction(Random& random) {
  // Mostly codes that exist, with operands that may be right.
  constexpr std::array<std::uint16_t, 24> kCodes{0x20, 0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x80, 0x81, 0x04, 0x0c, 0x34,
                                                 0x3c, 0x64, 0x6c, 0x74, 0x84, 0x07, 0x87, 0x05, 0x15, 0x1d, 0x45, 0x06};
  BpfInstruction made;
  made.code = random.below(64) == 0 ? static_cast<std::uint16_t>(random.next()) : kCodes.at(random.below(kCodes.size()));
  made.jump_true = static_cast<std::uint8_t>(random.below(16) == 0 ? random.next() : random.below(4));
  made.jump_false = static_cast<std::uint8_t>(random.below(16) == 0 ? random.next() : random.below(4));
  made.k = static_cast<std::uint32_t>(random.below(8) == 0 ? random.next() : random.below(16) * (random.below(2) == 0 ? 1 : 4));
  return made;
}

void random_programs() {
  Random random(seed);
  std::size_t taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::vector<BpfInstruction> program(random.below(12) + 1);
    std::ranges::generate(program, [&] { return random_instruction(random); });
    if (random.below(8) != 0) program.back() = {.code = static_cast<std::uint16_t>(random.below(2) == 0 ? 0x06 : 0x16)};
    const auto checked = BpfProgram::check(program);
    if (!checked) continue;
    ++taken;
    for (int way = 0; way < 8; ++way) CHECK(stays_inside(program, random));
    BpfInput input{};
    std::ranges::generate(input, [&] { return static_cast<std::uint32_t>(random.next()); });
    CHECK(checked->run(input) == checked->run(input));
  }
  CHECK(taken > 1000);  // or the test says nothing
}

std::uint32_t answer(std::vector<BpfInstruction> program, BpfInput input = {}) {
  const auto checked = BpfProgram::check(std::move(program));
  CHECK(checked.has_value());
  return checked ? checked->run(input) : 0;
}

void known_programs() {
  CHECK(answer({{.code = 0x06, .k = 42}}) == 42);
  CHECK(answer({{.code = 0x20, .k = 60}, {.code = 0x16}}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) == 15);
  CHECK(answer({{.code = 0x80}, {.code = 0x16}}) == 64);
  // By an X that is zero: 0, whatever comes behind.
  CHECK(answer({{.code = 0x00, .k = 5}, {.code = 0x3c}, {.code = 0x06, .k = 7}}) == 0);
  CHECK(answer({{.code = 0x01, .k = 33}, {.code = 0x00, .k = 1}, {.code = 0x6c}, {.code = 0x16}}) == 2);
  CHECK(!BpfProgram::check({}));
  CHECK(!BpfProgram::check(std::vector<BpfInstruction>(4097, {.code = 0x06})));
  // Stored on one way only.
  CHECK(!BpfProgram::check({{.code = 0x15, .jump_true = 1}, {.code = 0x02, .k = 3}, {.code = 0x60, .k = 3}, {.code = 0x06}}));
}

}  // namespace

void seccomp_tests() {
  known_programs();
  random_programs();
}

}  // namespace tessera::lx::test
