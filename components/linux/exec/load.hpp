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

// The big lock is put aside meanwhile where the file allows it. ENOEXEC for an ELF file that
// can never be loaded.
Result<ProgramHead> read_program_head(Inode& inode);
// The program interpreter that `program` names, or nothing. ELIBBAD and what opening it answers.
Result<std::optional<ElfProgram>> read_interpreter(const ElfProgram& program);

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
  bool randomize = true;
};

// Any error here means that the new program cannot live: Linux kills the process. The big
// lock is put aside meanwhile where the files allow it.
Result<LoadedProgram> load_program(const LoadRequest& request);

}  // namespace tessera::lx
