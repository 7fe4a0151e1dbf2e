// SPDX-License-Identifier: Apache-2.0
// The console in its modes.
#include "components/linux/tty/console.hpp"

#include <array>
#include <string>

#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/byte_queue.hpp"
#include "components/linux/tty/devices.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigPipeNumber = 13;
constexpr std::size_t kInputBytes = 64 * 1024;

class Console final : public LinkReceiver, public TerminalDriver {
 public:
  Console(ConsoleMode mode, ByteStream& stream)
      : link_(stream, *this, mode != ConsoleMode::raw_terminal), has_terminal_(mode != ConsoleMode::stream) {
    if (has_terminal_) terminal_ = make_ref<Terminal>(*this, make_device(kConsoleMajor, 0), "/dev/hvc0");
  }

  ~Console() {
    if (terminal_) terminal_->detach();
  }

  [[nodiscard]] const Ref<Terminal>& terminal() const { return terminal_; }
  [[nodiscard]] HostLink& link() { return link_; }

  void progress() {
    bool room = link_.flush();
    if (room && terminal_) terminal_->output_ready();
    if (room && !writers.empty()) writers.wake_all();
    link_.pull();
  }
  [[nodiscard]] bool pending() const { return !link_.can_send() || (terminal_ && terminal_->output_pending()); }

  // LinkReceiver
  std::size_t input_room() override { return has_terminal_ ? terminal_->input_room() : input_queue.room(); }
  void input(std::span<const std::byte> bytes) override {
    if (has_terminal_) return terminal_->receive(bytes);
    input_queue.push(bytes);
    if (!readers.empty()) readers.wake_all();
  }
  void input_ended() override {
    ended = true;
    if (has_terminal_) return terminal_->hang_up();
    if (!readers.empty()) readers.wake_all();
  }
  void window(std::uint16_t rows, std::uint16_t columns) override {
    if (has_terminal_) terminal_->set_window({rows, columns, 0, 0});
  }

  // TerminalDriver
  std::size_t transmit(std::span<const std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      std::size_t taken = link_.send(HostLink::Kind::output, bytes.subspan(done));
      if (taken == 0) break;
      done += taken;
    }
    return done;
  }
  void input_drained() override { link_.pull(); }
  void closed() override {}

  // Of the streams.
  ByteQueue input_queue{kInputBytes};
  bool ended = false;
  WaitQueue readers, writers;

 private:
  HostLink link_;
  bool has_terminal_;
  Ref<Terminal> terminal_;
};

Console* console = nullptr;

Result<std::size_t> read_stream(IoBuffer& to, bool non_blocking) {
  if (to.remaining() == 0) return 0U;
  console->link().pull();
  while (console->input_queue.empty()) {
    if (console->ended) return 0U;
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_until(current_thread(), console->readers,
                   [] { return !console->input_queue.empty() || console->ended; }));
  }
  std::size_t done = console->input_queue.pop(to);
  console->link().pull();
  if (done == 0) return fail(Errno::efault);
  return done;
}

Result<std::size_t> write_stream(HostLink::Kind channel, IoBuffer& from, bool non_blocking) {
  [[clang::uninitialized]] std::array<std::byte, 2048> piece;
  std::size_t done = 0;
  while (from.remaining() != 0) {
    if (!console->link().flush()) {
      if (non_blocking) return done != 0 ? Result<std::size_t>(done) : fail(Errno::eagain);
      auto slept =
          wait_until(current_thread(), console->writers, [] { return console->link().can_send(); });
      if (!slept) return done != 0 ? Result<std::size_t>(done) : fail(slept.error());
      continue;
    }
    std::size_t taken = from.take(std::span(piece).first(std::min(piece.size(), from.remaining())));
    auto bytes = std::span<const std::byte>(piece).first(taken);
    while (!bytes.empty()) {
      // Only the unframed line takes less than given; the streams are framed.
      std::size_t sent = console->link().send(channel, bytes);
      bytes = bytes.subspan(sent);
      if (sent == 0) break;
    }
    done += taken;
    if (from.faulted()) break;
  }
  if (done == 0 && from.faulted()) return fail(Errno::efault);
  return done;
}

// One of the three streams. To a program it is a pipe; an inode of its own so
// that /dev/stdin and /proc/self/fd/0 open it again.
class StreamNode final : public Inode {
 public:
  explicit StreamNode(unsigned descriptor) : Inode(anonymous_file_system(), next_anonymous_inode()), descriptor_(descriptor) {
    attributes.mode = kFifo | 0600;
    attributes.accessed = attributes.modified = attributes.changed = current_time();
  }
  Result<Ref<File>> open(std::uint32_t flags) override;
  [[nodiscard]] unsigned descriptor() const { return descriptor_; }

 private:
  unsigned descriptor_;
};

class StreamFile final : public File {
 public:
  StreamFile(Ref<StreamNode> node, std::uint32_t flags) : File(flags), node_(std::move(node)) {}
  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    if (node_->descriptor() != 0) return fail(Errno::ebadf);
    return read_stream(to, non_blocking());
  }
  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override {
    if (node_->descriptor() == 0) {
      signal_current(kSigPipeNumber);
      return fail(Errno::epipe);
    }
    return write_stream(node_->descriptor() == 1 ? HostLink::Kind::output : HostLink::Kind::error, from,
                        non_blocking());
  }
  std::uint32_t poll(PollTable* table) override {
    if (node_->descriptor() == 0) {
      if (table != nullptr) table->add(console->readers);
      console->link().pull();
      std::uint32_t events = console->ended ? kPollHangup : 0;
      return console->input_queue.empty() ? events : events | kPollIn | kPollReadNormal;
    }
    if (table != nullptr) table->add(console->writers);
    return console->link().can_send() ? kPollOut | kPollWriteNormal : 0;
  }
  [[nodiscard]] Ref<Inode> inode() const override { return node_; }

 private:
  Ref<StreamNode> node_;
};

Result<Ref<File>> StreamNode::open(std::uint32_t flags) {
  return Ref<File>(make_ref<StreamFile>(Ref<StreamNode>(this), flags));
}

Result<Ref<File>> open_stream(unsigned descriptor) {
  auto node = make_ref<StreamNode>(descriptor);
  Ref<File> file = TRY(node->open(descriptor == 0 ? kOpenReadOnly : kOpenWriteOnly));
  // Named as a pipe is; written out because "pipe:[N]" needs the inode's number.
  constexpr std::array<std::string_view, 3> kNames{"pipe:[stdin]", "pipe:[stdout]", "pipe:[stderr]"};
  file->path = unnamed_path(kNames.at(descriptor), node);
  return file;
}

}  // namespace

void start_console(ConsoleMode mode, ByteStream& stream) {
  delete console;  // tests start it twice
  console = new Console(mode, stream);
  if (console->terminal()) add_device_node("hvc0", kCharDevice | 0620, kConsoleMajor, 0);
}

void link_progress() {
  if (console != nullptr) console->progress();
}

bool console_output_pending() { return console != nullptr && console->pending(); }

void write_console_line(std::string_view line) {
  if (console == nullptr) return;
  const bool on_terminal = static_cast<bool>(console->terminal());
  std::string text(line.substr(0, HostLink::kFrameBytes - 2));
  text += on_terminal ? "\r\n" : "\n";
  (void)console->link().send(on_terminal ? HostLink::Kind::output : HostLink::Kind::error,
                             std::as_bytes(std::span(text)));
}

bool send_dump(Thread& self, std::span<const std::byte> piece) {
  if (console == nullptr || !console->link().framed()) return false;
  WaitNode node(self, console->writers);
  while (console->link().send(HostLink::Kind::core, piece) == 0) {
    if (sleep_uninterruptible() == Wake::signal) return false;
  }
  return true;
}

Ref<Terminal> console_terminal() { return console != nullptr ? console->terminal() : Ref<Terminal>(nullptr); }

Result<void> open_console_files(FileTable& table) {
  if (console == nullptr) return fail(Errno::enxio);
  if (console->terminal()) {
    Path node = TRY(find_device_node("console"));
    Ref<File> file = TRY(open_terminal(console->terminal(), node.inode(), kOpenReadWrite | kOpenNoTerminal));
    file->path = node;
    for (int descriptor = 0; descriptor < 3; ++descriptor) table.place(descriptor, file);
    return {};
  }
  for (unsigned descriptor = 0; descriptor < 3; ++descriptor) {
    Ref<File> file = TRY(open_stream(descriptor));
    table.place(static_cast<int>(descriptor), std::move(file));
  }
  return {};
}

}  // namespace tessera::lx
