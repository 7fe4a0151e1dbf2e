// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/load.hpp"

#include <algorithm>
#include <linux_arch/program.hpp>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/exec/stack_image.hpp"
#include "components/linux/exec/vdso.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

// Where position-independent programs go: two thirds up, as on Linux.
constexpr std::uint64_t kProgramBase = kGuestLimit / 3 * 2 & ~std::uint64_t{kPageBytes - 1};
// Random bits of the addresses, in pages: Linux' defaults for x86-64.
constexpr unsigned kMapRandomBits = 28, kStackRandomBits = 22, kBreakRandomBits = 13;
constexpr std::uint64_t kSmallestGap = 128u << 20;
constexpr std::uint64_t kFirstStackBytes = 33 * kPageBytes;

std::uint64_t random_pages(const LoadRequest& request, unsigned bits) {
  return request.randomize ? (random_u64() & ((std::uint64_t{1} << bits) - 1)) * kPageBytes : 0;
}

Result<void> zero_tail(AddressSpace& memory, std::uint64_t from, std::uint64_t to) {
  static constexpr std::array<std::byte, kPageBytes> kZeros{};
  const auto bytes = std::span(kZeros).first(static_cast<std::size_t>(to - from));
  if (memory.write_remote(from, bytes) != bytes.size()) return fail(Errno::efault);
  return {};
}

Result<void> map_segment(AddressSpace& memory, const ElfSegment& segment, std::uint64_t bias,
                         const Ref<Backing>& backing) {
  if (segment.memory_bytes == 0) return {};
  const std::uint64_t begin = segment.address + bias;
  const std::uint64_t file_end = begin + segment.file_bytes;
  const std::uint64_t end = begin + segment.memory_bytes;
  if (begin < kLowestAddress || end > kGuestLimit || end < begin) return fail(Errno::enomem);
  if (segment.file_bytes != 0) {
    if (segment.offset % kPageBytes != begin % kPageBytes) return fail(Errno::einval);
    Area area;
    area.start = page_down(begin);
    area.end = page_up(file_end);
    area.protection = segment.protection;
    area.backing = backing;
    area.offset_pages = segment.offset / kPageBytes;
    TRY(memory.map(std::move(area)));
    if (end > file_end && file_end % kPageBytes != 0 && (segment.protection & kProtWrite) != 0)
      TRY(zero_tail(memory, file_end, page_up(file_end)));
  }
  const std::uint64_t zero_start = segment.file_bytes != 0 ? page_up(file_end) : page_down(begin);
  if (page_up(end) > zero_start) {
    Area area;
    area.start = zero_start;
    area.end = page_up(end);
    area.protection = segment.protection;
    TRY(memory.map(std::move(area)));
  }
  return {};
}

Result<void> map_segments(AddressSpace& memory, const ElfProgram& program, std::uint64_t bias) {
  const Ref<Backing> backing = make_ref<MappedFile>(program.file.inode, Ref<File>(), program.file.path);
  for (const ElfSegment& segment : program.plan.segments) TRY(map_segment(memory, segment, bias, backing));
  return {};
}

// What /proc/PID/stat calls code and data: as far as the file fills the segments.
void set_layout(AddressSpace& memory, const ElfPlan& plan, std::uint64_t bias) {
  memory.code_start = ~std::uint64_t{0};
  for (const ElfSegment& segment : plan.segments) {
    const std::uint64_t start = segment.address + bias, end = start + segment.file_bytes;
    if ((segment.protection & kProtExecute) != 0) {
      memory.code_start = std::min(memory.code_start, start);
      memory.code_end = std::max(memory.code_end, end);
    }
    memory.data_start = std::max(memory.data_start, start);
    memory.data_end = std::max(memory.data_end, end);
  }
}

// Where the highest segment ends: the heap begins behind it.
std::uint64_t end_of(const ElfPlan& plan, std::uint64_t bias) { return plan.high + bias; }

Result<void> map_stack(AddressSpace& memory, const LoadRequest& request) {
  // vdso and stack near each other, so that they share page tables.
  const std::uint64_t top = kGuestLimit - kPageBytes - random_pages(request, kStackRandomBits);
  memory.vdso = TRY(map_vdso(memory, top));
  memory.stack_top = page_down(memory.vdso) - 16 * kPageBytes;
  Area stack;
  stack.end = memory.stack_top;
  stack.start = stack.end - kFirstStackBytes;
  stack.protection = kProtRead | kProtWrite;
  if (request.program->plan.executable_stack) stack.protection |= kProtExecute;
  stack.grows_down = true;
  stack.kind = AreaKind::stack;
  TRY(memory.map(std::move(stack)));
  const std::uint64_t gap = std::clamp(memory.stack_limit, kSmallestGap, kGuestLimit / 6 * 5);
  const std::uint64_t stack_room = (std::uint64_t{1} << kStackRandomBits) * kPageBytes;
  memory.mmap_top = page_down(kGuestLimit - gap - stack_room - random_pages(request, kMapRandomBits));
  return {};
}

}  // namespace

Result<std::size_t> read_program(Inode& inode, std::uint64_t offset, std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    IoBuffer buffer = IoBuffer::local(to.subspan(done));
    const std::size_t got = TRY(inode.read_at(buffer, offset + done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

Result<ElfProgram> read_elf_program(Program file, std::span<const std::byte> head) {
  const ElfHeader header = TRY(read_elf_header(head, kElfMachine));
  const std::size_t bytes = std::size_t{header.table_entries} * kProgramHeaderBytes;
  std::vector<std::byte> table(bytes);
  const auto got = read_program(*file.inode, header.table_offset, table);
  if (!got || *got != bytes) return fail(Errno::enoexec);
  ElfPlan plan = TRY(plan_elf(header, table));
  return ElfProgram{std::move(file), std::move(plan)};
}

Result<std::optional<ElfProgram>> read_interpreter(const ElfProgram& program) {
  if (!program.plan.interpreter) return std::optional<ElfProgram>();
  const ElfSegment& range = *program.plan.interpreter;
  std::string path(static_cast<std::size_t>(range.file_bytes), '\0');
  const std::size_t got =
      TRY(read_program(*program.file.inode, range.offset, std::as_writable_bytes(std::span(path))));
  if (got != path.size()) return fail(Errno::eio);
  if (path.back() != '\0') return fail(Errno::enoexec);
  path.resize(path.find('\0'));
  if (path.empty()) return fail(Errno::eacces);  // as a name within the kernel that is the working directory
  Program file = TRY(open_program(current_fs().cwd, path));
  std::array<std::byte, kElfHeaderBytes> head{};
  if (TRY(read_program(*file.inode, 0, head)) != head.size()) return fail(Errno::eio);
  auto interpreter = read_elf_program(std::move(file), head);
  if (!interpreter) return fail(Errno::elibbad);
  return std::optional<ElfProgram>(std::move(*interpreter));
}

// The program's first pages: nobody else knows the space yet.
static Result<StackImage> write_stack(const StackRequest& request, AddressSpace& memory) {
  const OutsideBigLock outside;
  StackImage image = build_stack(request);
  if (image.bytes.size() > memory.stack_limit && image.bytes.size() > kFirstStackBytes) return fail(Errno::e2big);
  if (memory.write_remote(image.stack_pointer, image.bytes) != image.bytes.size()) return fail(Errno::efault);
  return image;
}

Result<LoadedProgram> load_program(const LoadRequest& request) {
  const ElfPlan& plan = request.program->plan;
  if (plan.unloadable || (request.interpreter != nullptr && request.interpreter->plan.unloadable))
    return fail(Errno::einval);
  LoadedProgram loaded;
  loaded.memory = TRY(AddressSpace::make());
  AddressSpace& memory = *loaded.memory;
  memory.address_limit = (*request.limits)[kLimitAddressSpace].soft;
  memory.stack_limit = (*request.limits)[kLimitStack].soft;
  memory.data_limit = (*request.limits)[kLimitData].soft;
  memory.lock_limit = (*request.limits)[kLimitLocked].soft;
  memory.set_executable(request.program->file.path);
  TRY(map_stack(memory, request));

  std::uint64_t bias = 0;
  if (plan.header.position_independent) {
    const std::uint64_t base = kProgramBase + random_pages(request, kMapRandomBits);
    bias = (base & ~(plan.alignment - 1)) - plan.low;
  }
  TRY(map_segments(memory, *request.program, bias));
  set_layout(memory, plan, bias);
  const std::uint64_t program_entry = plan.header.entry + bias;
  loaded.entry = program_entry;
  std::uint64_t base = 0;
  if (request.interpreter != nullptr) {
    const ElfPlan& other = request.interpreter->plan;
    if (other.header.position_independent)
      base = TRY(memory.find_room(other.high - other.low, 0)) - other.low;
    TRY(map_segments(memory, *request.interpreter, base));
    loaded.entry = other.header.entry + base;
  }
  memory.break_start = memory.break_end = page_up(end_of(plan, bias)) + random_pages(request, kBreakRandomBits);

  const Credentials& ids = *request.credentials;
  StackRequest stack;
  stack.top = memory.stack_top;
  stack.arguments = request.arguments;
  stack.environment = request.environment;
  stack.program_name = request.program_name;
  stack.platform = kPlatformName;
  random_bytes(stack.random);
  stack.auxiliary = {
      {Auxiliary::vdso, vdso_header(memory)},
      {Auxiliary::hardware, hardware_capabilities()},
      {Auxiliary::page_bytes, kPageBytes},
      {Auxiliary::clock_ticks, 100},
      {Auxiliary::program_headers, plan.table_address + bias},  // also when no segment holds them, as on Linux
      {Auxiliary::program_header_bytes, kProgramHeaderBytes},
      {Auxiliary::program_header_count, plan.header.table_entries},
      {Auxiliary::base, base},
      {Auxiliary::flags, 0},
      {Auxiliary::entry, program_entry},
      {Auxiliary::uid, ids.uid},
      {Auxiliary::euid, ids.euid},
      {Auxiliary::gid, ids.gid},
      {Auxiliary::egid, ids.egid},
      {Auxiliary::secure, request.secure ? 1U : 0U},
      {Auxiliary::hardware2, hardware_capabilities2()},
      {Auxiliary::smallest_signal_stack, smallest_signal_stack_bytes()},
  };
  const StackImage image = TRY(write_stack(stack, memory));
  const auto auxiliary = std::span(image.bytes).subspan(image.auxiliary_at, image.auxiliary_bytes);
  memory.auxiliary.assign(auxiliary.begin(), auxiliary.end());
  memory.argument_start = image.argument_start;
  memory.argument_end = image.argument_end;
  memory.environment_start = image.environment_start;
  memory.environment_end = image.environment_end;
  loaded.stack_pointer = memory.first_stack_pointer = image.stack_pointer;
  return loaded;
}

}  // namespace tessera::lx
