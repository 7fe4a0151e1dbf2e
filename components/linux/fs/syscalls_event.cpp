// SPDX-License-Identifier: Apache-2.0
// eventfd: a counter to wait on.
#include <limits>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kSemaphore = 1;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() - 1;

class EventFile final : public File {
 public:
  EventFile(std::uint64_t count, bool semaphore, std::uint32_t flags)
      : File(flags), count_(count), semaphore_(semaphore) {}

  [[nodiscard]] bool is_event_counter() const override { return true; }

  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    if (to.remaining() < sizeof(count_)) return fail(Errno::einval);
    Ref<File> keep(this);
    if (count_ == 0) {
      if (non_blocking()) return fail(Errno::eagain);
      TRY(wait_until(current_thread(), readers_, [&] { return count_ != 0; }));
    }
    std::uint64_t value = semaphore_ ? 1 : count_;
    if (to.put(std::as_bytes(std::span<std::uint64_t, 1>(&value, 1))) < sizeof(value)) return fail(Errno::efault);
    count_ -= value;
    if (!writers_.empty()) writers_.wake_all();
    return sizeof(value);
  }

  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override {
    std::uint64_t value = 0;
    if (from.remaining() < sizeof(value)) return fail(Errno::einval);
    if (from.take(std::as_writable_bytes(std::span<std::uint64_t, 1>(&value, 1))) < sizeof(value))
      return fail(Errno::efault);
    if (value > kMost) return fail(Errno::einval);
    Ref<File> keep(this);
    if (value > kMost - count_) {
      if (non_blocking()) return fail(Errno::eagain);
      TRY(wait_until(current_thread(), writers_, [&] { return value <= kMost - count_; }));
    }
    count_ += value;
    if (count_ != 0 && !readers_.empty()) readers_.wake_all();
    return sizeof(value);
  }

  std::uint32_t poll(PollTable* table) override {
    if (table != nullptr) table->add(readers_);
    if (table != nullptr) table->add(writers_);
    return (count_ != 0 ? kPollIn : 0) | (count_ < kMost ? kPollOut : 0);
  }

 private:
  std::uint64_t count_;
  bool semaphore_;
  WaitQueue readers_, writers_;
};

Result<std::int64_t> make_event(std::uint32_t count, std::uint32_t flags) {
  if ((flags & ~(kSemaphore | kOpenNonBlock | kOpenCloseOnExec)) != 0) return fail(Errno::einval);
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto file = make_ref<EventFile>(count, (flags & kSemaphore) != 0, kOpenReadWrite | (flags & kOpenNonBlock));
  file->path = unnamed_path("anon_inode:[eventfd]", inode);
  return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
}

}  // namespace

Result<std::int64_t> sys_eventfd(const Arguments& a) { return make_event(low32(a[0]), 0); }
Result<std::int64_t> sys_eventfd2(const Arguments& a) { return make_event(low32(a[0]), low32(a[1])); }

}  // namespace tessera::lx
