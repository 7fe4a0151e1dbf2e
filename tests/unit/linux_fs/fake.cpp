// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/linux_fs/fake.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/process/uts.hpp"

namespace fake {

World& world() {
  static World* the_world = new World;
  return *the_world;
}

namespace {

int failed = 0;

void complain(std::source_location where) {
  ++failed;
  std::fprintf(stderr, "%s:%u: failed in %s", where.file_name(), where.line(), where.function_name());
}

}  // namespace

int failures() { return failed; }

void check(bool condition, std::source_location where) {
  if (condition) return;
  complain(where);
  std::fputs("\n", stderr);
}
void equal(std::int64_t got, std::int64_t expected, std::source_location where) {
  if (got == expected) return;
  complain(where);
  std::fprintf(stderr, ": got %lld, expected %lld\n", static_cast<long long>(got), static_cast<long long>(expected));
}
void equal(std::string_view got, std::string_view expected, std::source_location where) {
  if (got == expected) return;
  complain(where);
  std::fprintf(stderr, ": got '%.*s', expected '%.*s'\n", static_cast<int>(got.size()), got.data(),
               static_cast<int>(expected.size()), expected.data());
}

}  // namespace fake

namespace tessera::lx {

using fake::world;

// --- frames

namespace {

// The pool's, behind them those that disks reach, behind them the bundle's.
constexpr std::size_t kPoolFrames = 4096, kDiskFrames = 1024, kFrames = kPoolFrames + kDiskFrames;
struct Pool {
  struct alignas(kPageBytes) Page : std::array<std::byte, kPageBytes> {};
  std::vector<Page> pages{kFrames};
  std::vector<std::uint32_t> references = std::vector<std::uint32_t>(kFrames);
  std::vector<std::uint32_t> free, disk_free;
  Pool() {
    for (std::uint32_t i = kPoolFrames; i-- > 0;) free.push_back(i);
    for (std::uint32_t i = kFrames; i-- > kPoolFrames;) disk_free.push_back(i);
  }
};
Pool& pool() {
  static Pool* the_pool = new Pool;
  return *the_pool;
}
std::size_t number(Frame frame) { return static_cast<std::size_t>(frame); }

}  // namespace

static Result<Frame> take_from(std::vector<std::uint32_t>& free) {
  if (free.empty()) return fail(Errno::enomem);
  std::uint32_t index = free.back();
  free.pop_back();
  pool().references[index] = 1;
  pool().pages[index].fill(std::byte{0xa5});
  return Frame{index};
}
Result<Frame> allocate_frame() { return take_from(pool().free); }
Result<Frame> allocate_disk_frame() { return take_from(pool().disk_free); }
std::uint32_t disk_frame_number(Frame frame) { return static_cast<std::uint32_t>(number(frame) - kPoolFrames); }
Frame disk_frame(std::uint32_t frame_number) { return Frame{static_cast<std::uint32_t>(kPoolFrames + frame_number)}; }
std::uint64_t disk_frame_offset(Frame frame) { return std::uint64_t{disk_frame_number(frame)} * kPageBytes; }
std::uint32_t disk_frame_count() { return kDiskFrames; }
std::uint32_t frame_references(Frame frame) { return frame_is_read_only(frame) ? ~0u : pool().references[number(frame)]; }
Result<Frame> allocate_zeroed_frame() {
  Frame frame = TRY(allocate_frame());
  std::ranges::fill(frame_bytes(frame), std::byte{0});
  return frame;
}
void retain_frame(Frame frame) {
  if (!frame_is_read_only(frame)) ++pool().references[number(frame)];
}
void release_frame(Frame frame) {
  if (frame_is_read_only(frame)) return;
  fake::check(pool().references[number(frame)] != 0);
  if (--pool().references[number(frame)] != 0) return;
  (number(frame) < kPoolFrames ? pool().free : pool().disk_free).push_back(static_cast<std::uint32_t>(frame));
}
bool frame_is_read_only(Frame frame) { return number(frame) >= kFrames; }
std::span<std::byte, kPageBytes> frame_bytes(Frame frame) {
  if (frame_is_read_only(frame))
    return std::span(world().root_data).subspan((number(frame) - kFrames) * kPageBytes).first<kPageBytes>();
  return pool().pages[number(frame)];
}
Result<Frame> bundle_frame(std::uint64_t offset) {
  if (offset % kPageBytes != 0 || offset >= world().root_data.size()) return fail(Errno::efault);
  return Frame{static_cast<std::uint32_t>(kFrames + offset / kPageBytes)};
}
FrameCounts frame_counts() { return {kPoolFrames, pool().free.size()}; }

void log_line(std::string_view text) { world().log.emplace_back(text); }

// --- guest memory

namespace {
constexpr std::uint64_t kFaultBelow = 4096;
}

std::size_t copy_from_guest_partial(std::span<std::byte> to, std::uint64_t from) {
  if (from < kFaultBelow) return 0;
  if (!to.empty()) std::memcpy(to.data(), reinterpret_cast<const void*>(from), to.size());
  return to.size();
}
std::size_t copy_to_guest_partial(std::uint64_t to, std::span<const std::byte> from) {
  if (to < kFaultBelow) return 0;
  if (!from.empty()) std::memcpy(reinterpret_cast<void*>(to), from.data(), from.size());
  return from.size();
}
std::size_t clear_guest_partial(std::uint64_t to, std::size_t count) {
  if (to < kFaultBelow) return 0;
  std::memset(reinterpret_cast<void*>(to), 0, count);
  return count;
}
Result<void> copy_from_guest(std::span<std::byte> to, std::uint64_t from) {
  return copy_from_guest_partial(to, from) == to.size() ? Result<void>{} : fail(Errno::efault);
}
Result<void> copy_to_guest(std::uint64_t to, std::span<const std::byte> from) {
  return copy_to_guest_partial(to, from) == from.size() ? Result<void>{} : fail(Errno::efault);
}
Result<std::string_view> string_from_guest(std::span<char> to, std::uint64_t from) {
  if (from < kFaultBelow) return fail(Errno::efault);
  std::size_t length = std::strlen(reinterpret_cast<const char*>(from));
  if (length >= to.size()) return fail(Errno::enametoolong);
  std::memcpy(to.data(), reinterpret_cast<const char*>(from), length + 1);
  return std::string_view(to.data(), to.size()).substr(0, length);
}

// --- waiting

class Thread {};

WaitNode::WaitNode(Thread& thread, WaitQueue& queue) : thread_(&thread) { enter(queue); }
WaitNode::WaitNode(WaitWatcher& watcher, WaitQueue& queue) : watcher_(&watcher) { enter(queue); }
void WaitNode::enter(WaitQueue& queue) {
  (void)thread_;
  (void)watcher_;
  queue_ = &queue;
  previous_ = queue.last_;
  (queue.last_ != nullptr ? queue.last_->next_ : queue.first_) = this;
  queue.last_ = this;
}
WaitNode::~WaitNode() {
  if (queue_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : queue_->first_) = next_;
  (next_ != nullptr ? next_->previous_ : queue_->last_) = previous_;
}
WaitQueue::~WaitQueue() {
  for (WaitNode* node = first_; node != nullptr; node = node->next_) node->queue_ = nullptr;
}
void WaitQueue::wake_all() {}
void WaitQueue::wake_one() {}

Wake sleep(std::uint64_t deadline_ns) {
  ++world().sleeps;
  if (world().asleep) return world().asleep() ? Wake::woken : Wake::signal;
  if (deadline_ns == kNoDeadline) return Wake::signal;
  world().now_ns = std::max(world().now_ns, deadline_ns);
  return Wake::deadline;
}
Wake sleep_uninterruptible(std::uint64_t deadline_ns) { return sleep(deadline_ns); }

// --- processes

Thread& current_thread() {
  static Thread thread;
  return thread;
}
const Credentials& current_credentials() { return world().credentials; }
FsContext& current_fs() { return *world().fs; }
FileTable& current_files() { return *world().files; }
std::int32_t current_pid() { return world().pid; }
std::int32_t current_tid() { return world().pid; }
std::int32_t current_process_group() { return world().group; }
std::int32_t current_session() { return world().session; }
bool current_is_session_leader() { return world().leader; }
std::uint64_t current_limit(unsigned resource) { return resource == 7 ? world().file_limit : ~std::uint64_t{0}; }
std::uint64_t most_tasks() { return 4096; }
std::uint64_t most_descriptors() { return 1 << 20; }
bool current_signal_pending() { return world().signal_pending; }
bool current_signal_ignored_or_blocked(int signal) {
  return std::ranges::find(world().ignored, signal) != world().ignored.end();
}
bool process_group_is_orphaned(std::int32_t) { return world().orphaned; }
void signal_current(int signal) { world().signals.push_back({0, signal}); }
void signal_process_group(std::int32_t group, int signal) { world().signals.push_back({group, signal}); }
bool signal_owner_exists(SignalOwnerKind, std::int32_t number) { return number == 10 || number == 11; }
void send_io_signal(const SignalOwner& owner, const IoSignal& event) {
  world().signals.push_back({owner.number, event.signal});
}
bool process_group_exists(std::int32_t group, std::int32_t) { return group == 10 || group == 11; }
Result<std::int32_t> session_of_group(std::int32_t group) {
  if (group == 10 || group == 11) return world().session;
  if (group == 12) return world().session + 1;
  return fail(Errno::esrch);
}
Ref<Terminal> current_terminal() { return world().terminal; }
void set_session_terminal(std::int32_t, Ref<Terminal> terminal) { world().terminal = std::move(terminal); }
std::uint64_t monotonic_ns() { return world().now_ns; }
std::uint64_t realtime_ns() { return world().now_ns + 1'700'000'000'000'000'000; }

std::vector<std::int32_t> process_ids() { return {1, world().pid}; }
Result<ProcessFacts> process_facts(std::int32_t pid) {
  if (pid != 1 && pid != world().pid) return fail(Errno::esrch);
  ProcessFacts facts;
  facts.pid = pid;
  facts.name = {'s', 'h'};
  return facts;
}
Result<std::string> process_command_line(std::int32_t) { return std::string("sh\0-c", 5); }
Result<std::string> process_environment(std::int32_t) { return std::string("A=b\0", 4); }
Result<std::string> process_auxiliary(std::int32_t) { return std::string(16, '\0'); }
Result<std::string> thread_call(std::int32_t) { return std::string("running\n"); }
Ref<Inode> proc_memory(std::int32_t, std::int32_t) { return nullptr; }
Result<std::string> process_maps(std::int32_t) { return std::string("maps\n"); }
Result<ProcessFacts> thread_facts(std::int32_t tid) { return process_facts(tid); }
MemoryFacts memory_facts(std::int32_t) { return {}; }
bool may_inspect(std::int32_t) { return true; }
Result<void> set_thread_name(std::int32_t, std::string_view) { return {}; }
Result<std::string> process_maps_in_detail(std::int32_t) { return std::string("smaps\n"); }
Result<std::string> process_status(std::int32_t, std::int32_t) { return std::string("Name:\tsh\n"); }
Path process_executable(std::int32_t) { return {}; }
FsContext* process_fs(std::int32_t pid) { return pid == world().pid ? world().fs.get() : nullptr; }
FileTable* process_files(std::int32_t pid) { return pid == world().pid ? world().files.get() : nullptr; }
Ref<UtsNames> process_names(std::int32_t) { return make_ref<UtsNames>(); }
std::string sysv_memory_text() { return {}; }
std::string sysv_semaphores_text() { return {}; }
std::string sysv_messages_text() { return {}; }
std::string unix_sockets_text() { return {}; }
LoadFacts load_facts() { return {}; }
HeapFacts heap_facts() { return {.bytes = 4096, .free = 1024}; }
std::vector<ProcessorFacts> processor_facts() { return {ProcessorFacts{}}; }
ProcessorSet online_processors() { return 1; }
Result<void> begin_temporary_mask(std::uint64_t, std::uint64_t) { return {}; }
void set_host_name(std::string_view) {}
std::string_view host_name() { return "tessera"; }
std::string_view kernel_release() { return "6.1.0-tessera"; }
std::string_view kernel_version() { return "#1"; }
std::vector<std::int32_t> process_threads(std::int32_t pid) { return {pid}; }
Result<LimitFacts> process_limit(std::int32_t, unsigned) { return LimitFacts{1024, ~std::uint64_t{0}}; }

}  // namespace tessera::lx

std::span<std::byte> fake::disk_memory() {
  auto& pages = tessera::lx::pool().pages;
  return std::as_writable_bytes(std::span(pages).subspan(tessera::lx::kPoolFrames, tessera::lx::kDiskFrames));
}

std::size_t fake::frames_in_use() {
  return tessera::lx::frame_counts().total - tessera::lx::frame_counts().free;
}
