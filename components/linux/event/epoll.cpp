// SPDX-License-Identifier: Apache-2.0
#include "components/linux/event/epoll.hpp"

#include <algorithm>
#include <functional>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kPrivateBits = kEpollExclusive | kEpollWakeUp | kEpollOneShot | kEpollEdge;
constexpr std::uint32_t kAlways = kPollError | kPollHangup;
// Linux' EP_MAX_NESTS: sets below a set below a set ...
constexpr unsigned kMostNested = 5;

}  // namespace

class EpollItem final : public PollTable, public WaitWatcher, public FileWatcher {
 public:
  EpollItem(EpollSet& owner, std::int32_t number, File& watched, const EpollEvent& event)
      : set(owner), descriptor(number), file(watched), events(event.events | kAlways), data(event.data) {}
  ~EpollItem() { set.unlink(*this); }
  EpollItem(const EpollItem&) = delete;
  EpollItem& operator=(const EpollItem&) = delete;

  void add(WaitQueue& queue) override {
    nodes_.push_back(std::make_unique<WaitNode>(static_cast<WaitWatcher&>(*this), queue));
  }
  void queue_woke() override {
    if ((events & ~kPrivateBits) != 0) set.make_ready(*this);
  }
  void file_gone() override { set.forget(*this); }
  [[nodiscard]] std::uint32_t ready_events(PollTable* table) { return file.poll(table) & events & ~kPrivateBits; }

  EpollSet& set;
  const std::int32_t descriptor;
  File& file;
  std::uint32_t events;  // without the poll bits once a one-shot has fired
  std::uint64_t data;
  bool listed = false;
  EpollItem* next = nullptr;
  EpollItem* previous = nullptr;

 private:
  std::vector<std::unique_ptr<WaitNode>> nodes_;
};

EpollSet::EpollSet() : File(kOpenReadWrite) {}
EpollSet::~EpollSet() {
  for (const auto& item : items_) item->file.remove_watcher(*item);
}

EpollSet::Items::iterator EpollSet::place_of(std::int32_t descriptor, const File& file) {
  return std::ranges::lower_bound(items_, std::pair(descriptor, &file), [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return std::less<const File*>()(a.second, b.second);
  }, [](const std::unique_ptr<EpollItem>& item) {
    return std::pair<std::int32_t, const File*>(item->descriptor, &item->file);
  });
}

EpollItem* EpollSet::find(std::int32_t descriptor, const File& file) {
  const auto place = place_of(descriptor, file);
  if (place == items_.end() || (*place)->descriptor != descriptor || &(*place)->file != &file) return nullptr;
  return place->get();
}

void EpollSet::forget(EpollItem& item) { items_.erase(place_of(item.descriptor, item.file)); }

unsigned EpollSet::depth_without(const EpollSet& wanted, unsigned room) const {
  if (this == &wanted || room == 0) return 0;
  unsigned deepest = 0;
  for (const auto& item : items_) {
    const EpollSet* const below = item->file.epoll_set();
    if (below == nullptr) continue;
    const unsigned depth = below->depth_without(wanted, room - 1);
    if (depth == 0) return 0;
    deepest = std::max(deepest, depth);
  }
  return deepest + 1;
}

Result<void> EpollSet::add(std::int32_t descriptor, File& file, const EpollEvent& event) {
  if (const EpollSet* const other = file.epoll_set(); other != nullptr && other->depth_without(*this, kMostNested) == 0)
    return fail(Errno::eloop);
  const auto place = place_of(descriptor, file);
  if (place != items_.end() && (*place)->descriptor == descriptor && &(*place)->file == &file)
    return fail(Errno::eexist);
  EpollItem& item = **items_.insert(place, std::make_unique<EpollItem>(*this, descriptor, file, event));
  file.add_watcher(item);
  if (item.ready_events(&item) != 0) make_ready(item);
  return {};
}

Result<void> EpollSet::change(std::int32_t descriptor, File& file, const EpollEvent& event) {
  EpollItem* const item = find(descriptor, file);
  if (item == nullptr) return fail(Errno::enoent);
  if ((item->events & kEpollExclusive) != 0) return fail(Errno::einval);
  item->events = event.events | kAlways;
  item->data = event.data;
  if (item->ready_events(nullptr) != 0) make_ready(*item);
  return {};
}

Result<void> EpollSet::remove(std::int32_t descriptor, File& file) {
  EpollItem* const item = find(descriptor, file);
  if (item == nullptr) return fail(Errno::enoent);
  file.remove_watcher(*item);
  forget(*item);
  return {};
}

void EpollSet::push_back(EpollItem& item) {
  if (item.listed) return;
  item.listed = true;
  item.previous = last_;
  item.next = nullptr;
  (last_ != nullptr ? last_->next : first_) = &item;
  last_ = &item;
  ++ready_count_;
}

void EpollSet::unlink(EpollItem& item) {
  if (!item.listed) return;
  item.listed = false;
  (item.previous != nullptr ? item.previous->next : first_) = item.next;
  (item.next != nullptr ? item.next->previous : last_) = item.previous;
  --ready_count_;
}

void EpollSet::make_ready(EpollItem& item) {
  push_back(item);
  if (!waiting_.empty()) waiting_.wake_one();
  if (!pollers_.empty()) pollers_.wake_all();
}

// Takes from the list what turns out not to be ready.
bool EpollSet::any_ready() {
  while (first_ != nullptr) {
    if (first_->ready_events(nullptr) != 0) return true;
    unlink(*first_);
  }
  return false;
}

std::uint32_t EpollSet::poll(PollTable* table) {
  if (table != nullptr) table->add(pollers_);
  return any_ready() ? kPollIn | kPollReadNormal : 0;
}

Result<std::int64_t> EpollSet::collect(std::uint64_t address, std::int32_t most) {
  std::int64_t done = 0;
  // Those that stay ready go to the end: each is asked once, and all get their turn.
  for (std::size_t left = ready_count_; left != 0 && done < most && first_ != nullptr; --left) {
    EpollItem& item = *first_;
    unlink(item);
    const std::uint32_t events = item.ready_events(nullptr);
    if (events == 0) continue;
    const EpollEvent event{.events = events, .data = item.data};
    if (auto written = write_guest(address + static_cast<std::uint64_t>(done) * sizeof event, event); !written) {
      push_back(item);
      if (done == 0) return fail(written.error());
      break;
    }
    ++done;
    if ((item.events & kEpollOneShot) != 0) item.events &= kPrivateBits;
    else if ((item.events & kEpollEdge) == 0) push_back(item);
  }
  // What is left may be another thread's.
  if (first_ != nullptr && !waiting_.empty()) waiting_.wake_one();
  return done;
}

Result<std::int64_t> EpollSet::wait(std::uint64_t address, std::int32_t most, std::uint64_t deadline_ns,
                                    bool immediate) {
  if (const std::int64_t done = TRY(collect(address, most)); done != 0 || immediate) return done;
  WaitNode node(current_thread(), waiting_);
  for (;;) {
    const Wake wake = sleep(deadline_ns);
    if (const std::int64_t done = TRY(collect(address, most)); done != 0 || wake == Wake::deadline) return done;
    if (wake == Wake::signal) return fail(Errno::eintr);
  }
}

}  // namespace tessera::lx
