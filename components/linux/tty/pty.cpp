// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals: the master side.
#include "components/linux/tty/pty.hpp"

#include <array>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/pts.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kSlaveMajor = 136;

enum Request : std::uint32_t {
  kGetNumber = 0x80045430, kSetLock = 0x40045431, kGetLock = 0x80045439, kOpenPeer = 0x5441, kInputQueued = 0x541B,
  kOutputQueued = 0x5411, kGetGroup = 0x540F, kGetSession = 0x5429,
};

class MasterFile final : public File {
 public:
  MasterFile(Ref<Pty> pty, Ref<Inode> node, std::uint32_t flags)
      : File(flags), pty_(std::move(pty)), node_(std::move(node)) {}
  ~MasterFile() override {
    pty_->close_master();
    remove_pty(pty_->number());
  }
  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override { return pty_->read(to, non_blocking()); }
  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override { return pty_->write(from, non_blocking()); }
  std::uint32_t poll(PollTable* table) override { return pty_->poll(table); }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override;
  [[nodiscard]] Ref<Inode> inode() const override { return node_; }
  [[nodiscard]] bool drives_signals() const override { return true; }

 private:
  Ref<Pty> pty_;
  Ref<Inode> node_;
};

Result<std::int64_t> MasterFile::ioctl(std::uint32_t request, std::uint64_t argument) {
  switch (request) {
    case kGetNumber: TRY(write_guest(argument, pty_->number())); return 0;
    case kSetLock: pty_->locked = TRY(read_guest<std::int32_t>(argument)) != 0; return 0;
    case kGetLock: TRY(write_guest(argument, std::int32_t{pty_->locked ? 1 : 0})); return 0;
    case kGetGroup: TRY(write_guest(argument, pty_->terminal()->foreground())); return 0;
    case kGetSession: TRY(write_guest(argument, pty_->terminal()->session())); return 0;
    case kOpenPeer: {
      auto slave = TRY(pts_root()->lookup(Text().right(pty_->number(), 0).view()));
      auto flags = static_cast<std::uint32_t>(argument);
      Ref<File> file = TRY(slave->open(flags | kOpenNoTerminal));
      file->path = unnamed_path(pty_->terminal()->name(), slave);
      return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
    }
    default: break;
  }
  bool known = true;
  return pty_->terminal()->common_ioctl(request, argument, known);
}

}  // namespace

Pty::Pty(std::uint32_t number) : number_(number) {
  Text name;
  name << "/dev/pts/" << number;
  terminal_ = make_ref<Terminal>(*this, make_device(kSlaveMajor, number), name.view());
}
Pty::~Pty() { terminal_->detach(); }

std::size_t Pty::transmit(std::span<const std::byte> bytes) {
  if (!master_open_) return bytes.size();
  std::size_t taken = output_.push(bytes);
  if (taken != 0 && !readers_.empty()) readers_.wake_all();
  return taken;
}

void Pty::input_drained() {
  if (!writers_.empty()) writers_.wake_all();
}

void Pty::closed() {
  slave_closed_ = true;
  if (!readers_.empty()) readers_.wake_all();
}

Result<std::size_t> Pty::read(IoBuffer& to, bool non_blocking) {
  if (to.remaining() == 0) return 0U;
  Ref<Pty> keep(this);
  while (output_.empty()) {
    if (slave_closed_) return fail(Errno::eio);
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_until(current_thread(), readers_, [&] { return !output_.empty() || slave_closed_; }));
  }
  std::size_t done = output_.pop(to);
  terminal_->output_ready();
  if (done == 0) return fail(Errno::efault);
  return done;
}

Result<std::size_t> Pty::write(IoBuffer& from, bool non_blocking) {
  Ref<Pty> keep(this);
  std::size_t done = 0;
  std::array<std::byte, 256> piece{};
  while (from.remaining() != 0) {
    std::size_t room = terminal_->input_room();
    if (room == 0) {
      if (non_blocking) return done != 0 ? Result<std::size_t>(done) : fail(Errno::eagain);
      auto slept = wait_until(current_thread(), writers_, [&] { return terminal_->input_room() != 0; });
      if (!slept) return done != 0 ? Result<std::size_t>(done) : fail(slept.error());
      continue;
    }
    std::size_t taken = from.take(std::span(piece).first(std::min({piece.size(), room, from.remaining()})));
    terminal_->receive(std::span<const std::byte>(piece).first(taken));
    done += taken;
    if (from.faulted()) break;
  }
  if (done == 0 && from.faulted()) return fail(Errno::efault);
  return done;
}

std::uint32_t Pty::poll(PollTable* table) {
  if (table != nullptr) {
    table->add(readers_);
    table->add(writers_);
  }
  std::uint32_t events = 0;
  if (!output_.empty()) events |= kPollIn | kPollReadNormal;
  if (slave_closed_) events |= kPollHangup;
  if (terminal_->input_room() != 0) events |= kPollOut | kPollWriteNormal;
  return events;
}

void Pty::close_master() {
  master_open_ = false;
  output_.clear();
  Ref<Terminal> terminal = terminal_;
  terminal->hang_up();
}

Result<Ref<File>> open_pty_master(Inode& node, std::uint32_t flags) {
  Ref<Pty> pty = TRY(add_pty());
  return Ref<File>(make_ref<MasterFile>(std::move(pty), Ref<Inode>(&node), flags));
}

}  // namespace tessera::lx
