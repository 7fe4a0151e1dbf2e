// SPDX-License-Identifier: Apache-2.0
// The memory of a process: areas (what should be there), the page map (what is)
// and the nucleus' page table (what the hardware knows). Shared by threads and
// by a vfork child with its parent.
//
// Invariants: a page of the map lies in an area; the page table never allows more
// than area and map say; a page that the hardware may write to belongs to this
// space alone or to a shared area.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/path.hpp"
#include "components/linux/memory/area.hpp"
#include "components/linux/memory/page_map.hpp"
#include "components/linux/nucleus/guest_space.hpp"
#include "lib/rt/mutex.hpp"

namespace tessera::lx {

enum class Access : std::uint8_t { read, write, execute };
// mlock: not at all, all pages now, or those that are touched.
enum class PageLock : std::uint8_t { none, now, on_fault };

// Why a guest's access cannot be served.
enum class FaultKind : std::uint8_t {
  no_area,        // SIGSEGV, SEGV_MAPERR
  forbidden,      // SIGSEGV, SEGV_ACCERR
  no_object,      // SIGBUS, BUS_ADRERR
  out_of_memory,
};

// First address behind what a guest may use: one page below the nucleus' limit,
// like Linux' TASK_SIZE_MAX.
inline constexpr std::uint64_t kGuestLimit = 0x7fff'ffff'f000;
// Linux' vm.mmap_min_addr.
inline constexpr std::uint64_t kLowestAddress = 0x10000;
// Unmapped bytes kept below a stack.
inline constexpr std::uint64_t kStackGuard = 256 * kPageBytes;
inline constexpr std::size_t kMostAreas = 65530;  // Linux' vm.max_map_count
// What of it this machine's memory can carry.
std::size_t most_areas();

constexpr std::uint64_t page_down(std::uint64_t value) { return value & ~std::uint64_t{kPageBytes - 1}; }
constexpr std::uint64_t page_up(std::uint64_t value) { return page_down(value + kPageBytes - 1); }

class AddressSpace final : public RefCounted {
 public:
  static Result<Ref<AddressSpace>> make();
  ~AddressSpace() override;

  // --- faults (fault.cpp)
  // `hold`: leave for who has nothing in hand that may not change, areas of this space neither.
  std::expected<void, FaultKind> fault(std::uint64_t address, Access access, Hold hold = Hold::keep);
  // The same while the big lock is shared, for private memory. False: that cannot be done, or not so.
  bool fault_beside(std::uint64_t address, Access access);
  // The same with nothing held but copying(), for the only thread that uses the space.
  bool fault_alone(std::uint64_t address, Access access);

  // --- mappings (map.cpp, protect.cpp, move.cpp). Addresses page-aligned, ranges below kGuestLimit.
  // Chooses a free range; ENOMEM.
  Result<std::uint64_t> find_room(std::uint64_t bytes, std::uint64_t hint) const;
  // Adds an area, replacing what is there.
  Result<void> map(Area area);
  // Of the calling thread's own space.
  Result<void> unmap(std::uint64_t start, std::uint64_t bytes);
  Result<void> protect(std::uint64_t start, std::uint64_t bytes, std::uint32_t protection);
  Result<std::uint64_t> remap(std::uint64_t old_start, std::uint64_t old_bytes, std::uint64_t new_bytes,
                              std::uint32_t flags, std::uint64_t new_start);
  // `advice`: one of known_advice.
  Result<void> advise(std::uint64_t start, std::uint64_t bytes, int advice);
  std::uint64_t set_break(std::uint64_t address);
  // Fills pages as MAP_POPULATE does; false: it stopped where it could not.
  bool populate(std::uint64_t start, std::uint64_t bytes);
  // Frees the frames in the range; the areas stay.
  void drop_pages(std::uint64_t start, std::uint64_t end);
  // The same, but only pages whose frames are a file's own.
  void drop_file_pages(std::uint64_t start, std::uint64_t end);

  // mbind: the policy of all areas in the range. EFAULT: a hole.
  Result<void> set_policy(std::uint64_t start, std::uint64_t bytes, MemoryPolicy policy);

  // --- locked memory (lock.cpp). ENOMEM: a hole in the range, or a page that cannot be had.
  Result<void> lock(std::uint64_t start, std::uint64_t bytes, PageLock how);
  void lock_all(PageLock how);
  [[nodiscard]] std::uint64_t locked_bytes() const;
  // Whether RLIMIT_MEMLOCK lets the caller lock at all / so many bytes more / everything there is.
  [[nodiscard]] bool may_lock_any() const;
  [[nodiscard]] bool may_lock(std::uint64_t more) const;
  [[nodiscard]] bool may_lock_all() const;
  PageLock future_lock = PageLock::none;  // of areas to come (MCL_FUTURE)

  // --- fork (fork.cpp): a copy-on-write copy of the whole space, made between the two with
  // the big lock put aside for copying().
  // Fails with what was copied up to then in `child`, which the lock's holder gives up.
  Result<void> fork(Ref<AddressSpace>& child);
  void before_fork() const { await_copy(); }
  void after_fork(AddressSpace& child) const;  // what others may have changed meanwhile
  [[nodiscard]] rt::Mutex& copying() { return copying_; }

  // Puts the frame at a page of a private area that holds none; the reference becomes the space's.
  Result<void> put_page(std::uint64_t address, Frame frame);
  // Gives all pages back; the only reference is the caller's, who may have put the big lock aside.
  void empty();

  // --- access from outside (remote.cpp): through frames, never through the page
  // table, so it works for any process. Bytes done before the first fault.
  std::size_t read_remote(std::span<std::byte> to, std::uint64_t from);
  std::size_t write_remote(std::uint64_t to, std::span<const std::byte> from);
  // As a tracer: rights do not count, but a page of a private area that may not be
  // written gets a copy of its own, and a shared one stays as it is.
  std::size_t read_by_force(std::span<std::byte> to, std::uint64_t from);
  std::size_t write_by_force(std::uint64_t to, std::span<const std::byte> from);
  // Reads what is there without making pages present (for /proc).
  std::size_t peek(std::span<std::byte> to, std::uint64_t from);

  // The frame and offset behind an address, for shared futexes: made present for reading.
  [[nodiscard]] AreaSet& areas() {
    await_copy();
    return areas_;
  }
  [[nodiscard]] PageMap& pages() {
    await_copy();
    return pages_;
  }
  [[nodiscard]] GuestSpace& view() { return *view_; }
  [[nodiscard]] std::uint64_t total_bytes() const { return areas_.total_bytes(); }
  [[nodiscard]] std::uint64_t resident_pages() const {
    await_copy();
    return pages_.count();
  }

  // Layout, set by exec.
  std::uint64_t mmap_top = 0;  // areas are placed downwards from here
  std::uint64_t break_start = 0, break_end = 0;
  std::uint64_t stack_top = 0;
  std::uint64_t first_stack_pointer = 0;
  std::uint64_t code_start = 0, code_end = 0, data_start = 0, data_end = 0;
  std::uint64_t argument_start = 0, argument_end = 0, environment_start = 0, environment_end = 0;
  std::uint64_t vdso = 0;
  std::vector<std::byte> auxiliary;  // the auxiliary vector, as the program got it
  std::uint64_t address_limit = ~std::uint64_t{0};  // RLIMIT_AS
  std::uint64_t stack_limit = 8u << 20;             // RLIMIT_STACK
  std::uint64_t data_limit = ~std::uint64_t{0};     // RLIMIT_DATA
  std::uint64_t lock_limit = 8u << 20;              // RLIMIT_MEMLOCK
  // The program, which nobody may write to meanwhile (ETXTBSY).
  void set_executable(Path path);
  [[nodiscard]] const Path& executable() const { return executable_; }
  std::atomic<std::uint64_t> peak_pages{0};

 private:
  explicit AddressSpace(GuestSpace* view) : view_(view) {}

  // Most pages that one fault brings in.
  static constexpr std::uint32_t kFaultAround = 16;
  // Zero pages that a fault brings in together: planned, then given frames, then entered.
  struct FreshPages {
    PageNumber first = 0;
    std::uint64_t rights = 0;
    std::size_t count = 0;
    std::array<Frame, kFaultAround> frames{};
  };
  FreshPages plan_fresh(const Area& area, PageNumber page);
  [[nodiscard]] static bool fill(FreshPages& fresh);  // with fewer than planned where memory ends; false: none
  std::expected<void, FaultKind> enter(const FreshPages& fresh);
  // With faulting_ held. Nothing: the pages of `fresh` are to be filled and entered.
  std::optional<bool> fault_beside_now(std::uint64_t address, Access access, FreshPages& fresh);

  std::expected<void, FaultKind> fault_anonymous(const Area& area, PageNumber page, Access access);
  std::expected<void, FaultKind> fault_backed(const Area& area, PageNumber page, Access access, bool cached = false);
  // With the big lock given up while a disk is waited for.
  std::expected<void, FaultKind> fault_on_disk(const Area& area, std::uint64_t address, Access access);
  // `cached`: with pages only that the file has in memory.
  std::expected<void, FaultKind> fault_around(const Area& area, PageNumber page, bool cached);
  std::expected<void, FaultKind> fault_present(const Area& area, PageNumber page, PageEntry entry, Access access);
  std::expected<void, FaultKind> copy_page(const Area& area, PageNumber page, PageEntry entry);
  std::expected<void, FaultKind> reclaim_sole(const Area& area, PageNumber page);
  // Enters one page in map and page table; takes over the frame's reference.
  std::expected<void, FaultKind> enter(PageNumber page, Frame frame, std::uint64_t rights, bool of_file = false);
  // MADV_POPULATE_READ and WRITE, MADV_REMOVE.
  Result<void> fault_in(std::uint64_t start, std::uint64_t end, bool write);
  Result<void> remove_pages(std::uint64_t start, std::uint64_t end);
  Area* grow_stack(std::uint64_t address);
  static void mark_locked(Area& area, PageLock how);
  // Whether the limits allow `more` bytes of such an area in place of the areas in
  // the range [replaced_start, replaced_end).
  [[nodiscard]] bool may_add(const Area& like, std::uint64_t more, std::uint64_t replaced_start = 0,
                             std::uint64_t replaced_end = 0) const;
  [[nodiscard]] bool may_add_data(std::uint64_t more, std::uint64_t replaced) const;
  // The frame of a page, made present for `access`; Frame::none when it faults.
  Frame frame_for(std::uint64_t address, Access access);
  Frame frame_by_force(std::uint64_t address, Access access);
  using FrameFor = Frame (AddressSpace::*)(std::uint64_t address, Access access);
  std::size_t read_through(FrameFor frame_of, std::span<std::byte> to, std::uint64_t from);
  std::size_t write_through(FrameFor frame_of, std::uint64_t to, std::span<const std::byte> from);

  void note_peak() { peak_pages.store(std::max(peak_pages.load(std::memory_order_relaxed), pages_.count()), std::memory_order_relaxed); }
  // Where this space is being copied, or a fault of its one thread is served, whoever holds
  // the big lock waits for that before it looks at areas and pages.
  void await_copy() const {
    if (copying_.held()) [[unlikely]] wait_for_copy();
  }
  void wait_for_copy() const;
  void drop_pages_now(std::uint64_t start, std::uint64_t end);
  // The same; where nobody else uses the space, with the big lock put aside for copying().
  void drop_own_pages(std::uint64_t start, std::uint64_t end);
  void release_pages();
  Result<void> copy_pages(AddressSpace& child);

  mutable rt::Mutex copying_;  // by fork, beside the big lock; taken with that held
  rt::Mutex faulting_;         // while the big lock is shared
  GuestSpace* view_;
  Path executable_;
  AreaSet areas_;
  PageMap pages_;
  // Zero pages touched one after the other are mapped in growing batches; each of some
  // threads may walk through memory of its own.
  struct TouchRun {
    PageNumber next = 0;
    std::uint32_t pages = 1;
  };
  TouchRun& touch_run(PageNumber page);
  std::array<TouchRun, 4> touch_runs_{};
  std::size_t oldest_run_ = 0;
};

// The page that stands for all anonymous memory that was only read.
bool is_zero_frame(Frame frame);

// Linux' heuristic overcommit: all processes together may ask for more than there is,
// but no call for more than all of the memory, unless it said that it will not use it.
bool never_fits(const Area& area, std::uint64_t bytes);

// MADV_* that madvise takes.
bool known_advice(int advice);

// Rights with which a page of an area of this protection may be mapped. Writable and
// executable at once where the program asked for that: an instruction may write to the
// page that it is on (tcc -run), so one of the two at a time would never let it end.
std::uint64_t rights_for(std::uint32_t protection);

}  // namespace tessera::lx
