// SPDX-License-Identifier: Apache-2.0
// inotify(7): a queue of what happened to watched inodes.
//
// A queue is bounded twice: by Linux's number of events, and together with all
// other queues by a part of memory. Over either bound it says IN_Q_OVERFLOW.
#include <algorithm>
#include <deque>
#include <memory>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kAllEvents = 0xfff, kQueueOverflow = 0x4000, kIgnored = 0x8000, kOnlyDirectory = 0x1000000,
                        kDontFollow = 0x2000000, kExceptUnlinked = 0x4000000, kMaskCreate = 0x10000000,
                        kMaskAdd = 0x20000000, kOneShot = 0x80000000;
constexpr std::uint32_t kAllBits = kAllEvents | kNotifyUnmount | kQueueOverflow | kIgnored | kOnlyDirectory |
                                   kDontFollow | kExceptUnlinked | kMaskCreate | kMaskAdd | kNotifyDirectory | kOneShot;
constexpr std::size_t kMostEvents = 16384;    // fs.inotify.max_queued_events
constexpr std::uint32_t kMostInstances = 128;  // fs.inotify.max_user_instances
constexpr std::uint32_t kFionread = 0x541B;

// struct inotify_event, without its name.
struct EventRecord {
  std::int32_t watch = 0;
  std::uint32_t mask = 0, cookie = 0, name_bytes = 0;
};
static_assert(sizeof(EventRecord) == 16);

struct Event {
  std::int32_t watch = 0;
  std::uint32_t mask = 0, cookie = 0;
  std::string name;

  // The name ends with a zero and fills whole records.
  [[nodiscard]] std::size_t name_bytes() const {
    return name.empty() ? 0 : (name.size() + 1 + sizeof(EventRecord) - 1) / sizeof(EventRecord) * sizeof(EventRecord);
  }
  [[nodiscard]] std::size_t bytes() const { return sizeof(EventRecord) + name_bytes(); }
  [[nodiscard]] std::size_t heap_bytes() const { return sizeof(Event) + name_bytes(); }
};

std::size_t queued_heap_bytes = 0;  // of all queues
std::size_t most_heap_bytes() { return static_cast<std::size_t>(frame_counts().total) * kPageBytes / 16; }

// What a user has, for the limits.
struct UserUse {
  std::uint32_t uid = 0, instances = 0, watches = 0;
};
std::vector<UserUse>& users() {
  static auto* all = new std::vector<UserUse>;
  return *all;
}
UserUse& use_of(std::uint32_t uid) {
  auto found = std::ranges::find(users(), uid, &UserUse::uid);
  return found != users().end() ? *found : users().emplace_back(UserUse{.uid = uid});
}
// As Linux: by memory, within bounds.
std::uint32_t most_watches() {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(frame_counts().total / 8, 8192, 1048576));
}

}  // namespace

class InotifyFile final : public File {
 public:
  InotifyFile(std::uint32_t uid, std::uint32_t flags) : File(flags), uid_(uid) { ++use_of(uid_).instances; }
  ~InotifyFile() override {
    for (const Event& event : queue_) queued_heap_bytes -= event.heap_bytes();
    for (auto& watch : watches_) watch->leave();
    UserUse& use = use_of(uid_);
    use.watches -= static_cast<std::uint32_t>(watches_.size());
    if (--use.instances == 0) std::erase_if(users(), [&](const UserUse& user) { return user.uid == uid_; });
  }
  [[nodiscard]] InotifyFile* inotify() override { return this; }
  [[nodiscard]] bool drives_signals() const override { return true; }

  Result<std::int32_t> add_watch(const Ref<Inode>& inode, std::uint32_t mask);
  Result<void> remove_watch(std::int32_t number);

  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    const Ref<File> keep(this);
    if (queue_.empty()) {
      if (non_blocking()) return fail(Errno::eagain);
      TRY(wait_until(current_thread(), readers_, [&] { return !queue_.empty(); }));
    }
    std::size_t done = 0;
    while (!queue_.empty() && queue_.front().bytes() <= to.remaining()) {
      const Event& event = queue_.front();
      std::array<std::byte, sizeof(EventRecord) + 256 + sizeof(EventRecord)> bytes{};
      const EventRecord record{event.watch, event.mask, event.cookie, static_cast<std::uint32_t>(event.name_bytes())};
      std::ranges::copy(std::as_bytes(std::span(&record, 1)), bytes.begin());
      std::ranges::copy(std::as_bytes(std::span(event.name)), std::span(bytes).subspan(sizeof record).begin());
      const std::size_t length = event.bytes();
      if (to.put(std::span<const std::byte>(bytes).first(length)) < length)
        return done != 0 ? Result<std::size_t>(done) : fail(Errno::efault);
      done += length;
      take_first();
    }
    return done != 0 ? Result<std::size_t>(done) : fail(Errno::einval);
  }

  std::uint32_t poll(PollTable* table) override {
    if (table != nullptr) table->add(readers_);
    return queue_.empty() ? 0 : kPollIn | kPollReadNormal;
  }

  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override {
    if (request != kFionread) return fail(Errno::enotty);
    std::size_t bytes = 0;
    for (const Event& event : queue_) bytes += event.bytes();
    TRY(write_guest(argument, static_cast<std::int32_t>(bytes)));
    return 0;
  }

 private:
  class Watch final : public InodeWatch {
   public:
    Watch(InotifyFile& file, std::int32_t watch_number, const Ref<Inode>& inode)
        : number(watch_number), file_(file), inode_(inode.get()) {
      // An inode that is made for each look-up would be gone at once.
      if (!inode->file_system().names_are_stable()) kept_ = inode;
      inode->watches.add(*this);
    }
    void event(std::uint32_t happened, std::string_view name, std::uint32_t cookie, bool unlinked) override {
      if ((happened & mask & kAllEvents) == 0 || (unlinked && (mask & kExceptUnlinked) != 0)) return;
      if ((happened & kNotifyMoveSelf) != 0) happened &= ~kNotifyDirectory;
      file_.add(Event{number, happened, cookie, std::string(name)});
      if ((mask & kOneShot) == 0) return;
      leave();
      file_.drop(number);
    }
    void inode_ends(std::uint32_t happened) override {
      inode_ = nullptr;
      if (happened == kNotifyUnmount || (happened & mask) != 0) file_.add(Event{number, happened, 0, {}});
      file_.drop(number);
    }
    [[nodiscard]] const void* owner() const override { return &file_; }
    void leave() {
      if (inode_ != nullptr) inode_->watches.remove(*this);
      inode_ = nullptr;
    }

    std::int32_t number;
    std::uint32_t mask = 0;

   private:
    InotifyFile& file_;
    Inode* inode_;
    Ref<Inode> kept_;
  };

  void take_first() {
    queued_heap_bytes -= queue_.front().heap_bytes();
    queue_.pop_front();
  }

  void add(Event event) {
    if (!queue_.empty()) {
      const Event& last = queue_.back();
      if (event.mask != kIgnored && last.watch == event.watch && last.mask == event.mask && last.name == event.name)
        return;
      if (last.mask == kQueueOverflow && queue_.size() > kMostEvents) return;
    }
    if (queue_.size() >= kMostEvents || queued_heap_bytes + event.heap_bytes() > most_heap_bytes()) {
      if (!queue_.empty() && queue_.back().mask == kQueueOverflow) return;
      event = Event{-1, kQueueOverflow, 0, {}};
    }
    queued_heap_bytes += event.heap_bytes();
    queue_.push_back(std::move(event));
    if (!readers_.empty()) readers_.wake_all();
  }

  // The watch is off its inode: forgotten.
  void drop(std::int32_t number) {
    add(Event{number, kIgnored, 0, {}});
    auto found = find(number);
    if (found == watches_.end()) return;
    watches_.erase(found);
    --use_of(uid_).watches;
  }

  std::vector<std::unique_ptr<Watch>>::iterator find(std::int32_t number) {
    auto found = std::ranges::lower_bound(watches_, number, {}, [](const auto& watch) { return watch->number; });
    return found != watches_.end() && (*found)->number == number ? found : watches_.end();
  }

  std::uint32_t uid_;
  std::deque<Event> queue_;
  std::vector<std::unique_ptr<Watch>> watches_;  // by number
  std::int32_t last_number_ = 0;
  WaitQueue readers_;
};

Result<std::int32_t> InotifyFile::add_watch(const Ref<Inode>& inode, std::uint32_t mask) {
  constexpr std::uint32_t kKept = kAllEvents | kExceptUnlinked | kOneShot;
  for (InodeWatch* other = inode->watches.first(); other != nullptr; other = other->next()) {
    if (other->owner() != this) continue;
    auto& watch = static_cast<Watch&>(*other);
    if ((mask & kMaskCreate) != 0) return fail(Errno::eexist);
    watch.mask = ((mask & kMaskAdd) != 0 ? watch.mask : 0) | (mask & kKept);
    return watch.number;
  }
  UserUse& use = use_of(uid_);
  if (use.watches >= most_watches() || last_number_ == INT32_MAX) return fail(Errno::enospc);
  ++use.watches;
  auto& watch = watches_.emplace_back(std::make_unique<Watch>(*this, ++last_number_, inode));
  watch->mask = mask & kKept;
  return watch->number;
}

Result<void> InotifyFile::remove_watch(std::int32_t number) {
  auto found = find(number);
  if (found == watches_.end()) return fail(Errno::einval);
  (*found)->leave();
  drop(number);
  return {};
}

namespace {

Result<std::int64_t> make_inotify(std::uint32_t flags) {
  if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return fail(Errno::einval);
  const std::uint32_t uid = current_credentials().uid;
  const auto user = std::ranges::find(users(), uid, &UserUse::uid);
  if (user != users().end() && user->instances >= kMostInstances) return fail(Errno::emfile);
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto file = make_ref<InotifyFile>(uid, kOpenReadOnly | (flags & kOpenNonBlock));
  file->path = unnamed_path("anon_inode:inotify", inode);
  return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
}

Result<Ref<File>> inotify_at(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->inotify() == nullptr) return fail(Errno::einval);
  return file;
}

}  // namespace

Result<std::int64_t> sys_inotify_init(const Arguments&) { return make_inotify(0); }
Result<std::int64_t> sys_inotify_init1(const Arguments& a) { return make_inotify(low32(a[0])); }

Result<std::int64_t> sys_inotify_add_watch(const Arguments& a) {
  const std::uint32_t mask = low32(a[2]);
  if ((mask & kAllBits) == 0) return fail(Errno::einval);
  TRY(file_at(a[0]));
  if ((mask & kMaskAdd) != 0 && (mask & kMaskCreate) != 0) return fail(Errno::einval);
  const Ref<File> file = TRY(inotify_at(a[0]));
  const Path path = TRY(path_at(kAtFdCwd, a[1], (mask & kDontFollow) == 0));
  if ((mask & kOnlyDirectory) != 0 && !path.inode().directory()) return fail(Errno::enotdir);
  TRY(check_access(current_credentials(), path.inode(), kMayRead));
  return TRY(file->inotify()->add_watch(path.node->inode_ref(), mask));
}

Result<std::int64_t> sys_inotify_rm_watch(const Arguments& a) {
  const Ref<File> file = TRY(inotify_at(a[0]));
  TRY(file->inotify()->remove_watch(int32(a[1])));
  return 0;
}

}  // namespace tessera::lx
