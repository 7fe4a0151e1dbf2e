// SPDX-License-Identifier: Apache-2.0
// Names, connections and ends of AF_UNIX sockets.
#include "components/linux/socket/endpoint.hpp"

#include <algorithm>

#include "components/linux/process/contract.hpp"
#include "components/linux/socket/wait.hpp"

namespace tessera::lx {
namespace {

std::vector<UnixEndpoint*>& endpoints() {
  static auto* list = new std::vector<UnixEndpoint*>;
  return *list;
}

SocketIds current_ids() {
  return {.pid = current_pid(), .uid = current_credentials().euid, .gid = current_credentials().egid};
}

}  // namespace

UnixEndpoint::UnixEndpoint(SocketKind kind) : kind_(kind), account_(make_ref<SendAccount>()) { endpoints().push_back(this); }

UnixEndpoint::~UnixEndpoint() {
  const auto place = std::ranges::find(endpoints(), this);
  *place = endpoints().back();
  endpoints().pop_back();
}

const std::vector<UnixEndpoint*>& UnixEndpoint::all() { return endpoints(); }

void UnixEndpoint::connect_pair(UnixEndpoint& one, UnixEndpoint& other) {
  one.peer_ = Ref<UnixEndpoint>(&other);
  other.peer_ = Ref<UnixEndpoint>(&one);
  one.state_ = other.state_ = State::connected;
  one.peer_ids_ = other.peer_ids_ = current_ids();
}

Result<void> UnixEndpoint::bind(const std::string& name) {
  if (name_) return name.empty() ? Result<void>{} : fail(Errno::einval);
  name_ = TRY(bind_name(name, *this));
  return {};
}

Result<void> UnixEndpoint::listen(std::int32_t backlog) {
  constexpr std::uint32_t kMostBacklog = 4096;  // net.core.somaxconn
  if (!connects()) return fail(Errno::eopnotsupp);
  if (!name_) return fail(Errno::einval);
  if (state_ != State::unconnected && state_ != State::listening) return fail(Errno::einval);
  state_ = State::listening;
  own_ids_ = current_ids();
  most_backlog_ = std::min(static_cast<std::uint32_t>(backlog), kMostBacklog);
  room_.wake_all();
  return {};
}

Result<void> UnixEndpoint::connect(const UnixAddress& to, bool non_blocking) {
  return connects() ? connect_stream(to, non_blocking) : connect_datagram(to);
}

Result<void> UnixEndpoint::connect_datagram(const UnixAddress& to) {
  if (to.family == kFamilyNone) {
    peer_ = nullptr;
    state_ = State::unconnected;
    return {};
  }
  if (to.family != kFamilyUnix) return fail(Errno::einval);
  Ref<UnixEndpoint> found = TRY(find_name(to.bytes));
  if (found->kind_ != kind_) return fail(Errno::eprototype);
  if (found->peer_ && found->peer_.get() != this) return fail(Errno::eperm);
  peer_ = std::move(found);
  state_ = State::connected;
  peer_ids_ = peer_->own_ids_;
  return {};
}

Result<void> UnixEndpoint::connect_stream(const UnixAddress& to, bool non_blocking) {
  if (to.family != kFamilyUnix) return fail(Errno::einval);
  for (;;) {
    Ref<UnixEndpoint> found = TRY(find_name(to.bytes));
    if (found->kind_ != kind_) return fail(Errno::eprototype);
    if (!found->listening() || found->shut_read_) return fail(Errno::econnrefused);
    if (state_ == State::connected) return fail(Errno::eisconn);
    if (state_ != State::unconnected) return fail(Errno::einval);
    if (found->backlog_.size() > found->most_backlog_) {
      UnixEndpoint& listener = *found;
      TRY(wait(listener.room_, non_blocking, send_timeout_ns, [&listener] {
        return !listener.listening() || listener.backlog_.size() <= listener.most_backlog_;
      }));
      continue;  // the name may be another's by now
    }
    auto other = make_ref<UnixEndpoint>(kind_);
    other->name_ = found->name_;
    other->passes_ids = found->passes_ids;
    connect_pair(*this, *other);
    peer_ids_ = found->own_ids_;
    found->backlog_.push_back(std::move(other));
    found->readable_.wake_all();
    return {};
  }
}

Result<Ref<UnixEndpoint>> UnixEndpoint::accept(bool non_blocking) {
  if (!connects()) return fail(Errno::eopnotsupp);
  if (!listening()) return fail(Errno::einval);
  TRY(wait(readable_, non_blocking, receive_timeout_ns, [this] { return !backlog_.empty() || shut_read_; }));
  if (backlog_.empty()) return fail(Errno::einval);
  Ref<UnixEndpoint> first = std::move(backlog_.front());
  backlog_.pop_front();
  room_.wake_all();
  return first;
}

Result<Ref<UnixEndpoint>> UnixEndpoint::peer() const {
  if (!peer_) return fail(Errno::enotconn);
  return peer_;
}

// What one end does not read any more the other need not write.
Result<void> UnixEndpoint::shut_down(bool reading, bool writing) {
  shut_read_ = shut_read_ || reading;
  shut_write_ = shut_write_ || writing;
  if (peer_ && connects()) {
    peer_->shut_read_ = peer_->shut_read_ || writing;
    peer_->shut_write_ = peer_->shut_write_ || reading;
    peer_->readable_.wake_all();
    peer_->account_->room.wake_all();
  }
  readable_.wake_all();
  account_->room.wake_all();
  return {};
}

// The other end is gone; `reset`: with bytes of this one unread.
void UnixEndpoint::hang_up(bool reset) {
  shut_read_ = shut_write_ = true;
  if (reset) error_ = Errno::econnreset;
  readable_.wake_all();
  account_->room.wake_all();
}

void UnixEndpoint::give_up_queues(std::deque<Packet>& to) {
  for (Packet& packet : queue_) to.push_back(std::move(packet));
  queue_.clear();
  for (const auto& waiting : backlog_) waiting->give_up_queues(to);
}

void UnixEndpoint::close() {
  const Ref<UnixEndpoint> keep(this);
  const bool embryo = file == nullptr;
  file = nullptr;
  state_ = State::closed;
  if (name_ && !embryo) release_name(*name_, *this);
  for (const auto& waiting : std::exchange(backlog_, {})) waiting->close();
  if (peer_ && connects()) peer_->hang_up(embryo || !queue_.empty());
  peer_ = nullptr;
  room_.wake_all();
  bury(std::exchange(queue_, {}));
}

void UnixEndpoint::set_send_limit(std::size_t bytes) {
  constexpr std::size_t kLeast = 4608, kMost = 425984;
  send_limit_ = std::clamp(bytes * 2, kLeast, kMost);
  account_->room.wake_all();
}

std::size_t UnixEndpoint::unread_bytes() const {
  if (kind_ == SocketKind::datagram) return queue_.empty() ? 0 : queue_.front().rest().size();
  std::size_t bytes = 0;
  for (const Packet& packet : queue_) bytes += packet.rest().size();
  return bytes;
}

std::uint32_t UnixEndpoint::poll(PollTable* table) {
  constexpr std::uint32_t kPollReadHangup = 0x2000;
  if (table != nullptr) {
    table->add(readable_);
    table->add(account_->room);
  }
  std::uint32_t events = 0;
  if (error_ != Errno{}) events |= kPollError;
  if (shut_read_ && shut_write_) events |= kPollHangup;
  if (shut_read_) events |= kPollReadHangup | kPollIn | kPollReadNormal;
  if (!queue_.empty() || !backlog_.empty()) events |= kPollIn | kPollReadNormal;
  if (connects() && state_ == State::unconnected) events |= kPollHangup;
  bool room = !listening() && account_->bytes * 4 <= send_limit_;
  if (room && kind_ == SocketKind::datagram && peer_ && peer_->full_for(*this)) {
    if (table != nullptr) table->add(peer_->room_);
    room = false;
  }
  if (room) events |= kPollOut | kPollWriteNormal;
  return events;
}

}  // namespace tessera::lx
