// SPDX-License-Identifier: Apache-2.0
// Putting a program's segments, its stack and the vdso into a new address space.
#pragma once

#include <cstdint>
#include <string>

#include "components/linux/core/errno.hpp"
#include "components/linux/exec/arguments.hpp"
#include "components/linux/exec/elf.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/limits.hpp"

namespace tessera::lx {

// An ELF file read as far as its headers.
struct ElfProgram {
  Program file;
  ElfPlan plan;
};

// The first bytes of a program: fewer than asked for at its end.
Result<std::size_t> read_program(Inode& inode, std::uint64_t offset, std::span<std::byte> to);
// `head`: the first bytes of the file, already read. ENOEXEC.
Result<ElfProgram> read_elf_program(Program file, std::span<const std::byte> head);
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
  const Limits* limits = nullptr;
  const Credentials* credentials = nullptr;
  bool secure = false;  // AT_SECURE
  bool randomize = true;
};

// Any error here means that the new program cannot live: Linux kills the process.
Result<LoadedProgram> load_program(const LoadRequest& request);

}  // namespace tessera::lx
