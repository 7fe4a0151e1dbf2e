// SPDX-License-Identifier: Apache-2.0
// About the system as a whole: uname, sysinfo, and what only the machine's owner
// may do.
#include <algorithm>
#include <string>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/load.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/uts.hpp"
#include "components/linux/syscall/table.hpp"

#include <linux_arch/program.hpp>

namespace tessera::lx {

namespace {

constexpr std::size_t kNameBytes = 65;
using Name = std::array<char, kNameBytes>;

Name name_of(std::string_view text) {
  Name name{};
  std::copy_n(text.begin(), std::min(text.size(), name.size() - 1), name.begin());
  return name;
}

Result<std::string> name_argument(const Arguments& arguments) {
  if (current_credentials().euid != 0) return fail(Errno::eperm);
  if (arguments[1] >= kNameBytes) return fail(Errno::einval);
  std::string name(static_cast<std::size_t>(arguments[1]), '\0');
  TRY(copy_from_guest(std::as_writable_bytes(std::span(name)), arguments[0]));
  name.resize(std::min(name.size(), name.find('\0')));
  return name;
}

}  // namespace

void set_host_name(std::string_view name) { uts_of(current_or_null())->host = name.substr(0, kNameBytes - 1); }
std::string_view host_name() { return uts_of(current_or_null())->host; }
std::string_view kernel_release() { return "6.1.0-tessera"; }
std::string_view kernel_version() { return "#1 Tessera"; }

Result<std::int64_t> sys_uname(const Arguments& arguments) {
  // personality(2), PER_LINUX32: what setarch and linux32 are for.
  constexpr std::uint64_t kKindMask = 0xff, kLinux32 = 8;
  const bool narrow = (current_thread().process.personality & kKindMask) == kLinux32;
  const std::string_view machine = narrow ? kNarrowPlatformName : kPlatformName;
  const Ref<UtsNames> uts = uts_of(&current_thread());
  struct {
    Name system, node, release, version, machine, domain;
  } names{name_of("Linux"), name_of(uts->host), name_of(kernel_release()), name_of(kernel_version()),
          name_of(machine), name_of(uts->domain)};
  TRY(write_guest(arguments[0], names));
  return 0;
}

Result<std::int64_t> sys_sethostname(const Arguments& arguments) {
  uts_of(&current_thread())->host = TRY(name_argument(arguments));
  return 0;
}

Result<std::int64_t> sys_setdomainname(const Arguments& arguments) {
  uts_of(&current_thread())->domain = TRY(name_argument(arguments));
  return 0;
}

Result<std::int64_t> sys_sysinfo(const Arguments& arguments) {
  struct Info {
    std::int64_t uptime = 0;
    std::array<std::uint64_t, 3> loads{};
    std::uint64_t total = 0, free = 0, shared = 0, buffers = 0, total_swap = 0, free_swap = 0;
    std::uint16_t processes = 0, padding = 0;
    std::uint32_t padding2 = 0;
    std::uint64_t total_high = 0, free_high = 0;
    std::uint32_t unit = 1;
    std::uint32_t padding3 = 0;
  } info;
  static_assert(sizeof(Info) == 112);
  const FrameCounts frames = frame_counts();
  info.uptime = static_cast<std::int64_t>(monotonic_ns() / 1'000'000'000);
  const auto loads = load_averages();
  for (std::size_t i = 0; i < loads.size(); ++i) info.loads[i] = std::uint64_t{loads[i]} * 65536 / 100;
  info.total = frames.total * kPageBytes;
  info.free = frames.free * kPageBytes;
  info.processes = static_cast<std::uint16_t>(std::min<std::size_t>(registry().thread_count(), 65535));
  TRY(write_guest(arguments[0], info));
  return 0;
}

namespace {
Result<std::int64_t> refused() { return fail(Errno::eperm); }
}  // namespace

Result<std::int64_t> sys_syslog(const Arguments&) { return refused(); }
Result<std::int64_t> sys_reboot(const Arguments&) { return refused(); }
Result<std::int64_t> sys_swapon(const Arguments&) { return refused(); }
Result<std::int64_t> sys_swapoff(const Arguments&) { return refused(); }
Result<std::int64_t> sys_iopl(const Arguments&) { return refused(); }
Result<std::int64_t> sys_ioperm(const Arguments&) { return refused(); }
Result<std::int64_t> sys_acct(const Arguments&) { return refused(); }
Result<std::int64_t> sys_init_module(const Arguments&) { return refused(); }
Result<std::int64_t> sys_finit_module(const Arguments&) { return refused(); }
Result<std::int64_t> sys_delete_module(const Arguments&) { return refused(); }
Result<std::int64_t> sys_vhangup(const Arguments&) { return refused(); }

}  // namespace tessera::lx
