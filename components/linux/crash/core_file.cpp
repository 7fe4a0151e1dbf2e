// SPDX-License-Identifier: Apache-2.0
// Formats: System V ABI (ELF, chapters 4 and 5); the notes' structures are
// elf_prstatus, elf_prpsinfo and fill_files_note's of Linux.
#include "components/linux/crash/core_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <linux_arch/program.hpp>
#include <span>
#include <string>
#include <vector>

#include "components/linux/crash/core_stream.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

bool wanted = false;

constexpr std::uint32_t kLoad = 1, kNote = 4;
constexpr std::uint32_t kNotePrStatus = 1, kNotePrPsInfo = 3, kNoteAuxiliary = 6,
                        kNoteSigInfo = 0x53494749, kNoteFile = 0x46494c45;
constexpr std::size_t kMostAreas = 65000;  // e_phnum has 16 bits

struct FileHeader {
  std::array<std::uint8_t, 16> identification{0x7f, 'E', 'L', 'F', 2, 1, 1};
  std::uint16_t type = 4;  // ET_CORE
  std::uint16_t machine = kElfMachine;
  std::uint32_t version = 1;
  std::uint64_t entry = 0, program_headers = 64, section_headers = 0;
  std::uint32_t flags = 0;
  std::uint16_t header_bytes = 64, program_header_bytes = 56, program_header_count = 0, section_header_bytes = 0,
                section_header_count = 0, section_names = 0;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
  std::uint32_t type = 0, flags = 0;
  std::uint64_t offset = 0, address = 0, physical = 0, file_bytes = 0, memory_bytes = 0, alignment = 0;
};
static_assert(sizeof(ProgramHeader) == 56);

struct PrStatus {
  std::int32_t signal = 0, code = 0, error = 0;
  std::int16_t current_signal = 0, padding = 0;
  std::uint64_t pending = 0, blocked = 0;
  std::int32_t pid = 0, parent = 0, group = 0, session = 0;
  std::array<std::uint64_t, 8> times{};
  UserRegisters registers{};
  std::int32_t floating_valid = 1, padding2 = 0;
};
static_assert(sizeof(PrStatus) == 120 + sizeof(UserRegisters));

struct PrPsInfo {
  std::uint8_t state = 0, letter = 'R', zombie = 0, nice = 0;
  std::uint32_t padding = 0;
  std::uint64_t flags = 0;
  std::uint32_t uid = 0, gid = 0;
  std::int32_t pid = 0, parent = 0, group = 0, session = 0;
  std::array<char, 16> name{};
  std::array<char, 80> arguments{};
};
static_assert(sizeof(PrPsInfo) == 136);

class Notes {
 public:
  void add(std::string_view owner, std::uint32_t type, std::span<const std::byte> content) {
    word(static_cast<std::uint32_t>(owner.size() + 1));
    word(static_cast<std::uint32_t>(content.size()));
    word(type);
    append(std::as_bytes(std::span(owner)));
    bytes_.push_back(std::byte{0});
    align();
    append(content);
    align();
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void word(std::uint32_t value) { append(std::as_bytes(std::span(&value, 1))); }
  void append(std::span<const std::byte> more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  void align() { bytes_.resize((bytes_.size() + 3) & ~std::size_t{3}); }
  std::vector<std::byte> bytes_;
};

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

void add_status(Notes& notes, Thread& thread, const SignalInfo& info) {
  const Process& process = thread.process;
  PrStatus status;
  status.signal = info.signal, status.code = info.code;
  status.current_signal = static_cast<std::int16_t>(info.signal);
  status.pending = thread.pending.pending().bits();
  status.blocked = thread.blocked.bits();
  status.pid = thread.tid;
  status.parent = process.parent != nullptr ? process.parent->pid : 0;
  status.group = process.group, status.session = process.session;
  status.registers = user_registers(thread);
  notes.add("CORE", kNotePrStatus, bytes_of(status));
}

void add_registers(Notes& notes, Thread& thread) {
  for (const CoreNote& note : kCoreNotes)
    if (has_register_set(note.set)) notes.add(note.owner, note.set, read_register_set(thread, note.set));
}

void add_process(Notes& notes, const Thread& self) {
  const Process& process = self.process;
  PrPsInfo about;
  about.uid = self.credentials->value.uid, about.gid = self.credentials->value.gid;
  about.pid = process.pid;
  about.parent = process.parent != nullptr ? process.parent->pid : 0;
  about.group = process.group, about.session = process.session;
  about.nice = static_cast<std::uint8_t>(self.nice);
  about.name = self.name;
  std::string arguments = process_command_line(process.pid).value_or(std::string());
  while (!arguments.empty() && arguments.back() == '\0') arguments.pop_back();
  std::ranges::replace(arguments, '\0', ' ');
  std::copy_n(arguments.begin(), std::min(arguments.size(), about.arguments.size() - 1), about.arguments.begin());
  notes.add("CORE", kNotePrPsInfo, bytes_of(about));
}

void add_files(Notes& notes, std::span<const Area> areas) {
  std::vector<std::uint64_t> words{0, kPageBytes};
  std::string names;
  for (const Area& area : areas) {
    if (!area.backing || area.backing->inode() == nullptr) continue;
    ++words[0];
    words.insert(words.end(), {area.start, area.end, area.offset_pages});
    names += area.backing->path();
    names += '\0';
  }
  std::vector<std::byte> content;
  const auto append = [&content](std::span<const std::byte> more) { content.insert(content.end(), more.begin(), more.end()); };
  append(std::as_bytes(std::span(words)));
  append(std::as_bytes(std::span(names)));
  notes.add("CORE", kNoteFile, content);
}

// What of an area goes to the file, from its start: all of anonymous memory and of
// what a private mapping made its own; of other files the first page, where an
// ELF header may be; nothing of shared files.
std::uint64_t dumped_bytes(AddressSpace& memory, const Area& area) {
  if (area.kind == AreaKind::vvar) return 0;
  if (area.kind == AreaKind::vdso) return area.bytes();
  const bool of_file = area.backing && area.backing->inode() != nullptr;
  if (!of_file) return area.protection != 0 || !area.backing ? area.bytes() : 0;
  if (area.shared) return 0;
  bool own = false;
  memory.pages().for_each(area.start / kPageBytes, area.end / kPageBytes,
                          [&own](PageNumber, const PageEntry& entry) { own = own || !entry.of_file(); });
  if (own) return area.bytes();
  return area.offset_pages == 0 && (area.protection & kProtRead) != 0 ? kPageBytes : 0;
}

void send_area(CoreStream& stream, AddressSpace& memory, const Area& area, std::uint64_t bytes) {
  [[clang::uninitialized]] std::array<std::byte, kPageBytes> page;
  const bool first_page_only = bytes == kPageBytes && area.bytes() != kPageBytes;
  for (std::uint64_t at = 0; at < bytes && stream.open(); at += kPageBytes) {
    // The first page of a file is brought in for its header; nothing else is touched.
    const std::size_t got = first_page_only ? memory.read_remote(page, area.start) : memory.peek(page, area.start + at);
    if (got == page.size()) stream.data(page);
    else stream.zeros(kPageBytes);
  }
}

// The others wait, with their registers where they can be read.
void hold_others(Thread& self) {
  Process& process = self.process;
  process.dumper = &self;
  for (Thread* const thread : process.threads)
    if (thread != &self) interrupt_thread(*thread);
  const auto runs = [&self](const Thread* thread) {
    return thread != &self && (thread->sleeping == SleepState::awake || thread->sleeping == SleepState::interruptible);
  };
  WaitNode node(self, process.thread_ended);
  while (!self.ending && std::ranges::any_of(process.threads, runs)) (void)sleep_uninterruptible();
}

void send(CoreStream& stream, Thread& self, const SignalInfo& info) {
  AddressSpace& memory = *self.memory;
  std::vector<Area> areas = memory.areas().all();
  if (areas.size() > kMostAreas) areas.resize(kMostAreas);
  Notes notes;
  add_status(notes, self, info);
  add_process(notes, self);
  notes.add("CORE", kNoteSigInfo, bytes_of(info));
  notes.add("CORE", kNoteAuxiliary, memory.auxiliary);
  add_files(notes, areas);
  add_registers(notes, self);
  for (Thread* const thread : self.process.threads) {
    if (thread == &self) continue;
    add_status(notes, *thread, info);
    add_registers(notes, *thread);
  }

  FileHeader header;
  header.program_header_count = static_cast<std::uint16_t>(areas.size() + 1);
  const std::uint64_t notes_at = sizeof header + header.program_header_count * sizeof(ProgramHeader);
  std::uint64_t at = page_up(notes_at + notes.bytes().size());
  stream.data(bytes_of(header));
  stream.data(bytes_of(ProgramHeader{.type = kNote, .offset = notes_at, .file_bytes = notes.bytes().size(), .alignment = 4}));
  std::vector<std::uint64_t> sizes;
  for (const Area& area : areas) {
    const std::uint64_t bytes = dumped_bytes(memory, area);
    const std::uint32_t rights = ((area.protection & kProtRead) != 0 ? 4U : 0) | ((area.protection & kProtWrite) != 0 ? 2U : 0) |
                                 ((area.protection & kProtExecute) != 0 ? 1U : 0);
    stream.data(bytes_of(ProgramHeader{.type = kLoad, .flags = rights, .offset = at, .address = area.start,
                                       .file_bytes = bytes, .memory_bytes = area.bytes(), .alignment = kPageBytes}));
    sizes.push_back(bytes);
    at += bytes;
  }
  stream.data(notes.bytes());
  stream.zeros(page_up(notes_at + notes.bytes().size()) - notes_at - notes.bytes().size());
  for (std::size_t i = 0; i < areas.size() && stream.open(); ++i) send_area(stream, memory, areas[i], sizes[i]);
}

}  // namespace

void want_core_files() { wanted = true; }
bool core_files_wanted() { return wanted; }

bool dump_core(Thread& self, const SignalInfo& info) {
  Process& process = self.process;
  const std::uint64_t limit = process.limits[kLimitCore].soft;
  if (!wanted || !process.dumpable || limit == 0 || !self.memory || process.dumper != nullptr || process.exiting) return false;
  self.carrier->sync();
  hold_others(self);
  bool done = false;
  if (!self.ending) {
    const auto end = std::find(self.name.begin(), self.name.end(), '\0');
    CoreStream stream(self, std::string(self.name.begin(), end), process.pid, limit);
    send(stream, self, info);
    done = stream.finish();
  }
  process.dumper = nullptr;
  return done;
}

}  // namespace tessera::lx
