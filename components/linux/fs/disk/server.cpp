// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/server.hpp"

#include <utility>

#include "components/linux/core/log.hpp"

namespace tessera::lx {

namespace {

// Of the channel's own memory this much is for large buffers: half, in whole ones.
std::uint32_t large_begin(std::size_t pool_bytes) {
  const std::size_t large = pool_bytes / 2 / DiskServer::kMostRoom * DiskServer::kMostRoom;
  return static_cast<std::uint32_t>(pool_bytes - large);
}

// A server that is killed again and again gets a request as often as this.
constexpr std::uint16_t kResends = 0xffff;

}  // namespace

Errno errno_of(wire::Status status) {
  switch (status) {
    case wire::Status::io: return Errno::eio;
    case wire::Status::corrupt: return Errno::euclean;
    case wire::Status::unsupported: return Errno::eopnotsupp;
    case wire::Status::no_device: return Errno::enxio;
    case wire::Status::read_only: return Errno::erofs;
    case wire::Status::no_space: return Errno::enospc;
    case wire::Status::no_memory: return Errno::enomem;
    case wire::Status::not_found: return Errno::enoent;
    case wire::Status::exists: return Errno::eexist;
    case wire::Status::not_directory: return Errno::enotdir;
    case wire::Status::is_directory: return Errno::eisdir;
    case wire::Status::not_empty: return Errno::enotempty;
    case wire::Status::name_too_long: return Errno::enametoolong;
    case wire::Status::too_large: return Errno::efbig;
    case wire::Status::too_many_links: return Errno::emlink;
    case wire::Status::no_attribute: return Errno::enodata;
    case wire::Status::buffer_too_small: return Errno::erange;
    case wire::Status::stale: return Errno::estale;
    case wire::Status::invalid: return Errno::einval;
  }
  return Errno::eio;  // a server that breaks the rules
}

DiskServer::DiskServer(std::string name, ring::ChannelClient client, std::unique_ptr<Doorbell> doorbell)
    : name_(std::move(name)),
      client_(std::move(client)),
      doorbell_(std::move(doorbell)),
      large_at_(large_begin(client_.pool().size())),
      small_(client_.pool().first(large_at_), kSmallBytes),
      large_(client_.pool().subspan(large_at_), kMostRoom) {
  if (client_.flush()) doorbell_->ring();
}

Result<DiskServer::Room> DiskServer::room(std::uint32_t bytes) {
  if (bytes > kMostRoom) return fail(Errno::einval);
  const bool is_large = bytes > kSmallBytes;
  auto buffer = is_large ? large_.take() : small_.take();
  if (!buffer) return fail(Errno::enomem);
  if (is_large) buffer->offset += large_at_;
  buffer->bytes = bytes;
  return Room(*this, *buffer);
}

void DiskServer::give_back(ring::Buffer buffer) {
  if (buffer.offset < large_at_) return small_.give_back(buffer);
  buffer.offset -= large_at_;
  large_.give_back(buffer);
}

NO_THREAD_SAFETY_ANALYSIS void DiskServer::send(Transfer& transfer, std::uint16_t operation, std::uint16_t flags,
                                                const std::array<std::uint64_t, 5>& words, ring::Buffer buffer, std::uint32_t data_bytes) {
  const ring::Request request{.operation = operation,
                              .flags = flags,
                              .resends = kResends,
                              .buffer = buffer,
                              .data_bytes = data_bytes,
                              .arguments = words,
                              .cookie = reinterpret_cast<std::uintptr_t>(&transfer)};
  for (;;) {
    lock_.lock();
    transfer = Transfer{.session = client_.sessions()};
    const auto sent = client_.submit(request);
    if (!sent && sent.error() == ring::SubmitError::bad_buffer) transfer.answer.lost = transfer.done = true;
    lock_.unlock();
    if (sent || transfer.done) return;
    lock_.lock();
    exchange();
    lock_.unlock();
    await(nullptr);  // as many are under way as there can be
  }
}

// Those whom it wants told are no longer waiters.
template <typename Wanted>
void DiskServer::tell(Wanted wanted) {
  for (Waiter** place = &waiters_; *place != nullptr;) {
    Waiter& one = **place;
    if (!wanted(one)) {
      place = &one.next;
      continue;
    }
    *place = one.next;
    const Bell bell = one.bell;
    one.told.store(true, std::memory_order_release);  // and it may be gone
    ring_bell(bell);
  }
}

void DiskServer::collect() {
  for (;;) {
    const auto answer = client_.take();
    if (!answer) {
      if (!told_of_trouble_)
        log_line(name_ + (answer.error() == ring::RingError::wrong_protocol ? ": its server speaks another protocol"
                                                                            : ": its server breaks the rules"));
      told_of_trouble_ = true;
      if (!complained_) complained_ = doorbell_->complain(false);
      return;
    }
    if (!*answer) return;
    auto& transfer = *reinterpret_cast<Transfer*>((*answer)->cookie);
    transfer.answer = **answer;
    transfer.resent = std::exchange(transfer.session, client_.sessions()) != client_.sessions();
    transfer.done = true;
    told_of_trouble_ = complained_ = false;
    silent_ns_ = 0;
    if (waiters_ != nullptr) tell([&](const Waiter& one) { return one.transfer == nullptr || one.transfer == &transfer; });
  }
}

void DiskServer::exchange() {
  collect();
  if (client_.flush()) doorbell_->ring();
}

// Once, with the lock given up meanwhile.
NO_THREAD_SAFETY_ANALYSIS void DiskServer::attend(const Transfer* transfer) {
  attended_ = true;
  client_.prepare_sleep();
  if (!client_.idle()) exchange();
  if (!ready(transfer)) {
    lock_.unlock();
    const std::uint64_t waited = doorbell_->wait();
    lock_.lock();
    silent_ns_ += waited;
    exchange();
    alone_ns_ = client_.open() ? 0 : alone_ns_ + waited;
    if (!client_.open()) silent_ns_ = 0;
    if (silent_ns_ > kSilenceNs) silent_ns_ = doorbell_->complain(true) ? 0 : kSilenceNs;
  }
  client_.awake();
  attended_ = false;
  if (alone_ns_ <= kPatienceNs) return;
  log_line(name_ + ": there was no server for two minutes: giving up what it was asked for");
  client_.fail_all();
  alone_ns_ = 0;
}

NO_THREAD_SAFETY_ANALYSIS void DiskServer::await(const Transfer* transfer) {
  lock_.lock();
  while (!ready(transfer)) {
    if (!attended_) {
      attend(transfer);
      continue;
    }
    Waiter self{.transfer = transfer, .bell = own_bell(), .next = waiters_};
    waiters_ = &self;
    lock_.unlock();
    while (!self.told.load(std::memory_order_acquire)) await_bell();
    lock_.lock();
  }
  // Somebody must take the answers of those who still wait.
  bool found = attended_;
  if (waiters_ != nullptr) tell([&](const Waiter&) { return !std::exchange(found, true); });
  lock_.unlock();
}

NO_THREAD_SAFETY_ANALYSIS Result<void> DiskServer::wait(Transfer& transfer, Hold hold) {
  lock_.lock();
  if (!transfer.done) exchange();
  const bool done = transfer.done;
  lock_.unlock();
  if (!done) {
    const Aside aside(hold);
    await(&transfer);
  }
  if (transfer.answer.lost) return fail(Errno::eio);
  if (transfer.answer.status != 0) return fail(errno_of(static_cast<wire::Status>(transfer.answer.status)));
  return {};
}

}  // namespace tessera::lx
