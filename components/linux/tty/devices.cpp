// SPDX-License-Identifier: Apache-2.0
// The terminals' device numbers.
#include "components/linux/tty/devices.hpp"

#include "components/linux/fs/device.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/console.hpp"
#include "components/linux/tty/pts.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kTerminalMajor = 5, kSlaveMajor = 136;

Result<Ref<File>> open_own_terminal(Inode& node, std::uint32_t flags) {
  Ref<Terminal> terminal = current_terminal();
  if (!terminal) return fail(Errno::enxio);
  return open_terminal(terminal, node, flags | kOpenNoTerminal);
}

// /dev/console never becomes a controlling terminal by being opened.
Result<Ref<File>> open_console(Inode& node, std::uint32_t flags) {
  Ref<Terminal> terminal = console_terminal();
  if (!terminal) return fail(Errno::enxio);
  return open_terminal(terminal, node, flags | kOpenNoTerminal);
}

Result<Ref<File>> open_console_by_name(Inode& node, std::uint32_t flags) {
  Ref<Terminal> terminal = console_terminal();
  if (!terminal) return fail(Errno::enxio);
  return open_terminal(terminal, node, flags);
}

// A slave's node outside devpts (made by mknod).
Result<Ref<File>> open_slave(Inode& node, std::uint32_t flags) {
  std::uint64_t number = device_minor(node.attributes.rdev);
  Ref<Pty> pty = find_pty(number);
  if (!pty) return fail(Errno::enxio);
  if (pty->locked || !pty->master_open()) return fail(Errno::eio);
  pty->slave_opened();
  return open_terminal(pty->terminal(), node, flags);
}

}  // namespace

Result<Ref<File>> open_terminal(const Ref<Terminal>& terminal, Inode& node, std::uint32_t flags) {
  if (terminal->hung_up()) return fail(Errno::eio);
  if ((flags & kOpenNoTerminal) == 0) terminal->take_if_free();
  return Ref<File>(make_ref<TerminalFile>(terminal, Ref<Inode>(&node), flags));
}

void register_terminal_devices() {
  register_device(kTerminalMajor, 0, 1, open_own_terminal);
  register_device(kTerminalMajor, 1, 1, open_console);
  register_device(kTerminalMajor, 2, 1, open_pty_master);
  register_device(kConsoleMajor, 0, 1, open_console_by_name);
  register_device(kSlaveMajor, 0, 1024, open_slave);
}

}  // namespace tessera::lx
