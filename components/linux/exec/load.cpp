// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/load.hpp"

#include <algorithm>
#include <cstring>
#include <linux_arch/program.hpp>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/exec/stack_image.hpp"
#include "components/linux/exec/vdso.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/process/contract.hpp"
#include "lib/format/elf_properties.hpp"

namespace tessera::lx {

namespace {

// Where position-independent programs go: two thirds up, as on Linux.
constexpr std::uint64_t kProgramBase = kGuestLimit / 3 * 2 & ~std::uint64_t{kPageBytes - 1};
// Random bits of the addresses, in pages: Linux' defaults for x86-64.
constexpr unsigned kMapRandomBits = 28, kStackRandomBits = 22, kBreakRandomBits = 13;
constexpr std::uint64_t kSmallestGap = 128u << 20;
constexpr std::uint64_t kFirstStackBytes = 33 * kPageBytes;

static_assert(kStackRandomBits + kMapRandomBits + kBreakRandomBits <= 64);

std::uint64_t random_pages(std::uint64_t random, unsigned bits) {
  return (random & ((std::uint64_t{1} << bits) - 1)) * kPageBytes;
}

// The first bytes of a program from `offset` on: fewer than asked for at its end.
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

// The page where what the file fills of a segment ends, zero behind that. What lies in
// front of it in the page is the file's.
Result<void> make_last_page(AddressSpace& memory, const ElfSegment& segment, std::uint64_t bias, Inode& inode) {
  const std::uint64_t file_end = segment.address + bias + segment.file_bytes;
  const std::uint64_t within = file_end % kPageBytes;
  const Frame frame = TRY(allocate_frame());
  const auto bytes = frame_bytes(frame);
  const auto got = read_program(inode, segment.offset + segment.file_bytes - within, bytes.first(static_cast<std::size_t>(within)));
  if (!got || *got == 0) {
    release_frame(frame);
    return fail(Errno::efault);
  }
  std::memset(bytes.subspan(*got).data(), 0, kPageBytes - *got);
  return memory.put_page(page_down(file_end), frame);
}

Result<void> map_segment(AddressSpace& memory, const ElfSegment& segment, std::uint64_t bias,
                         const Ref<Backing>& backing, Inode& inode) {
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
      TRY(make_last_page(memory, segment, bias, inode));
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

Result<void> map_segments(AddressSpace& memory, const ElfProgram& program, std::uint64_t bias, const Ref<Backing>& backing) {
  for (const ElfSegment& segment : program.plan.segments)
    TRY(map_segment(memory, segment, bias, backing, *program.file.inode));
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

Result<void> map_stack(AddressSpace& memory, const LoadRequest& request, const LoadRandom& random) {
  // vdso and stack near each other, so that they share page tables.
  const std::uint64_t top = kGuestLimit - kPageBytes - random_pages(random.places, kStackRandomBits);
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
  memory.mmap_top = page_down(kGuestLimit - gap - stack_room - random_pages(random.places >> kStackRandomBits, kMapRandomBits));
  return {};
}

// The path of the program interpreter, if one is asked for.
Result<std::string> read_interpreter_path(Inode& inode, const ElfPlan& plan) {
  if (!plan.interpreter) return std::string();
  std::string path(static_cast<std::size_t>(plan.interpreter->file_bytes), '\0');
  const std::size_t got = TRY(read_program(inode, plan.interpreter->offset, std::as_writable_bytes(std::span(path))));
  if (got != path.size()) return fail(Errno::eio);
  if (path.back() != '\0') return fail(Errno::enoexec);
  path.resize(path.find('\0'));
  if (path.empty()) return fail(Errno::eacces);  // as a name within the kernel that is the working directory
  return path;
}

// `head`: the first bytes of the file.
Result<ElfPlan> read_plan(Inode& inode, std::span<const std::byte> head) {
  const ElfHeader header = TRY(read_elf_header(head, kElfMachine));
  const std::size_t bytes = std::size_t{header.table_entries} * kProgramHeaderBytes;
  std::vector<std::byte> table(bytes);
  const auto got = read_program(inode, header.table_offset, table);
  if (!got || *got != bytes) return fail(Errno::enoexec);
  return plan_elf(header, table);
}

// Of the object that the kernel starts: the interpreter if there is one, else the program.
Result<void> apply_properties(Inode& inode, ElfPlan& plan) {
  if (!kReadsElfProperties || !plan.properties) return {};
  std::array<std::byte, kMostPropertyBytes> note{};
  if (plan.properties->file_bytes > note.size()) return fail(Errno::enoexec);
  const auto room = std::span(note).first(static_cast<std::size_t>(plan.properties->file_bytes));
  const auto got = read_program(inode, plan.properties->offset, room);
  if (!got) return fail(Errno::eio);
  if (*got < format::kLeastElfPropertyBytes) return fail(Errno::eio);
  const auto features = format::read_elf_features(room.first(*got));
  if (!features) return fail(Errno::enoexec);
  if ((*features & format::kElfLandingPads) == 0) return {};
  for (ElfSegment& segment : plan.segments)
    if ((segment.protection & kProtExecute) != 0) segment.protection |= machine_protection();
  return {};
}

// What several who share the big lock would change at once: the generator of random
// numbers, and which files are mapped.
rt::Mutex parts_lock;

}  // namespace

Result<ElfPlan> read_interpreter_plan(Inode& inode) {
  std::array<std::byte, kElfHeaderBytes> head{};
  if (TRY(read_program(inode, 0, head)) != head.size()) return fail(Errno::eio);
  auto plan = read_plan(inode, head);
  if (!plan) return fail(Errno::elibbad);
  TRY(apply_properties(inode, *plan));
  return *plan;
}

Result<ProgramHead> read_program_head(Inode& inode) {
  ProgramHead head;
  head.count = TRY(read_program(inode, 0, head.bytes));
  const auto bytes = std::span<const std::byte>(head.bytes).first(head.count);
  if (!looks_like_elf(bytes)) return head;
  head.plan = TRY(read_plan(inode, bytes));
  head.interpreter = TRY(read_interpreter_path(inode, *head.plan));
  if (!head.plan->interpreter) TRY(apply_properties(inode, *head.plan));
  return head;
}

LoadRandom draw_load_random(bool randomize) {
  LoadRandom random;
  beside_others(parts_lock, [&] { random_bytes(std::as_writable_bytes(std::span(&random, 1))); });
  if (!randomize) random.places = random.base = 0;
  return random;
}

Ref<Backing> backing_of(const Program& file) {
  return beside_others(parts_lock, [&] { return Ref<Backing>(make_ref<MappedFile>(file.inode, Ref<File>(), file.path)); });
}

static Result<void> fill_space(const LoadRequest& request, const LoadParts& parts, LoadedProgram& loaded) {
  const ElfPlan& plan = request.program->plan;
  loaded.memory = TRY(AddressSpace::make());
  AddressSpace& memory = *loaded.memory;
  memory.address_limit = (*request.limits)[kLimitAddressSpace].soft;
  memory.stack_limit = (*request.limits)[kLimitStack].soft;
  memory.data_limit = (*request.limits)[kLimitData].soft;
  memory.lock_limit = (*request.limits)[kLimitLocked].soft;
  TRY(map_stack(memory, request, parts.random));

  std::uint64_t bias = 0;
  if (plan.header.position_independent) {
    const std::uint64_t base = kProgramBase + random_pages(parts.random.base, kMapRandomBits);
    bias = (base & ~(plan.alignment - 1)) - plan.low;
  }
  TRY(map_segments(memory, *request.program, bias, parts.program));
  set_layout(memory, plan, bias);
  const std::uint64_t program_entry = plan.header.entry + bias;
  loaded.entry = program_entry;
  std::uint64_t base = 0;
  if (request.interpreter != nullptr) {
    const ElfPlan& other = request.interpreter->plan;
    if (other.header.position_independent)
      base = TRY(memory.find_room(other.high - other.low, 0)) - other.low;
    TRY(map_segments(memory, *request.interpreter, base, parts.interpreter));
    loaded.entry = other.header.entry + base;
  }
  memory.break_start = memory.break_end = page_up(end_of(plan, bias)) + random_pages(parts.random.places >> (kStackRandomBits + kMapRandomBits), kBreakRandomBits);

  const Credentials& ids = *request.credentials;
  StackRequest stack;
  stack.top = memory.stack_top;
  stack.arguments = request.arguments;
  stack.environment = request.environment;
  stack.program_name = request.program_name;
  stack.platform = kPlatformName;
  stack.random = parts.random.program;
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
  const StackImage image = build_stack(stack);
  if (image.bytes.size() > memory.stack_limit && image.bytes.size() > kFirstStackBytes) return fail(Errno::e2big);
  if (memory.write_remote(image.stack_pointer, image.bytes) != image.bytes.size()) return fail(Errno::efault);
  const auto auxiliary = std::span(image.bytes).subspan(image.auxiliary_at, image.auxiliary_bytes);
  memory.auxiliary.assign(auxiliary.begin(), auxiliary.end());
  memory.argument_start = image.argument_start;
  memory.argument_end = image.argument_end;
  memory.environment_start = image.environment_start;
  memory.environment_end = image.environment_end;
  loaded.stack_pointer = memory.first_stack_pointer = image.stack_pointer;
  return {};
}

Result<LoadedProgram> load_program(const LoadRequest& request, const LoadParts& parts) {
  const ElfProgram* const interpreter = request.interpreter;
  if (request.program->plan.unloadable || (interpreter != nullptr && interpreter->plan.unloadable)) return fail(Errno::einval);
  LoadedProgram loaded;
  TRY(fill_space(request, parts, loaded));
  loaded.memory->set_executable(request.program->file.path);
  return loaded;
}

}  // namespace tessera::lx
