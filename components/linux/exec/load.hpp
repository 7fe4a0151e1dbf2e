// SPDX-License-Identifier: Apache-2.0
// Putting a program's segments, its stack and the vdso into a new address space.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "components/linux/core/errno.hpp"
#include "components/linux/exec/arguments.hpp"
#include "components/linux/exec/elf.hpp"
#include "components/linux/exec/script.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/limits.hpp"

namespace tessera::lx {

// An ELF file read as far as its headers.
struct ElfProgram {
  Program file;
  ElfPlan plan;
  std::string interpreter;  // path of its program interpreter; empty: none
};

// What the first bytes of a program tell: an ELF file, or the bytes themselves.
struct ProgramHead {
  std::array<std::byte, kProgramHeadBytes> bytes{};
  std::size_t count = 0;  // fewer than there is room for at the program's end
  std::optional<ElfPlan> plan;
  std::string interpreter;
};

// What follows needs no lock if all files only look up (Inode::looks_up_only): nobody writes to
// a program. Where that is not so, it needs the big lock.

// ENOEXEC for an ELF file that can never be loaded.
Result<ProgramHead> read_program_head(Inode& inode);
// Of a program interpreter. EIO, and ELIBBAD for one that cannot be loaded.
Result<ElfPlan> read_interpreter_plan(Inode& inode);

struct LoadedProgram {
  Ref<AddressSpace> memory;
  std::uint64_t entry = 0;
  std::uint64_t stack_pointer = 0;
};

struct LoadRequest {
  const ElfProgram* program = nullptr;
  const ElfProgram* interpreter = nullptr;
  const Strings* arguments = nullptr;
  const Strings* environment = nullptr;
  std::string_view program_name;  // AT_EXECFN
  const Limits* limits = nullptr;  // for nobody else to change meanwhile
  const Credentials* credentials = nullptr;
  bool secure = false;  // AT_SECURE
};

// All random numbers of a load: as many bytes as one step of the generator gives.
struct LoadRandom {
  std::uint64_t places = 0;  // stack, mappings and heap, from the lowest bit up
  std::uint64_t base = 0;
  std::array<std::byte, 16> program{};  // AT_RANDOM
};

// What a load needs that others use as well. Made with the big lock held, shared or alone,
// and given up with it held alone.
struct LoadParts {
  LoadRandom random;
  Ref<Backing> program, interpreter;
};
[[nodiscard]] LoadRandom draw_load_random(bool randomize);
[[nodiscard]] Ref<Backing> backing_of(const Program& file);

// Any error here means that the new program cannot live: Linux kills the process.
Result<LoadedProgram> load_program(const LoadRequest& request, const LoadParts& parts);

}  // namespace tessera::lx
