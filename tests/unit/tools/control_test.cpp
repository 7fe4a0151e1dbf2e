// SPDX-License-Identifier: Apache-2.0
// Orders to a machine: their words, the table of what it tells, and machines that answer in every way there is.
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/tools/check.hpp"
#include "tools/control/command.hpp"
#include "tools/control/machines.hpp"
#include "tools/support/temporary.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;
using namespace tessera::tools::control;
using Words = std::vector<std::string>;

void words() {
  check(parse_options("ps", Words{}).has_value(), "ps");
  check(parse_options("restart", Words{"blk0"}).value_or(Options{}).component == "blk0", "restart blk0");
  check(parse_options("stop", Words{"--machine", "12", "blk0"}).value_or(Options{}).machine == "12", "--machine");
  check(parse_options("restart", Words{"--help"}).has_value(), "--help");
  for (const Words& bad : std::vector<Words>{{}, {"a", "b"}, {"--machine"}, {"--machin", "1", "a"}, {"a b"}, {"a\nlist"}, {std::string(32, 'a')}}) {
    check(!parse_options("restart", bad).has_value(), bad.empty() ? "no name" : bad.front());
  }
  check(!parse_options("ps", Words{"blk0"}).has_value(), "ps of one");
  const auto reload = parse_options("reload", Words{"blk0", "./two.elf", "--arch", "aarch64", "--signing-key", "k"}).value_or(Options{});
  check(reload.component == "blk0" && reload.program == "./two.elf" && reload.aarch64 && reload.signing_key == "k", "reload with all that there is");
  check(parse_options("reload", Words{"blk0"}).value_or(Options{}).program.empty(), "reload with its own program");
  for (const Words& bad : std::vector<Words>{{}, {"a", "b", "c"}, {"a", "--arch"}, {"a", "--arch", "arm"}, {"--signing-key"}}) {
    check(!parse_options("reload", bad).has_value(), bad.empty() ? "no name" : bad.back());
  }
  check(!parse_options("restart", Words{"a", "--arch", "aarch64"}).has_value(), "restart knows no --arch");
}

void table() {
  const Words lines{"blk0\tready\tvirtio-blk\tnative\t3\t61000\t2097152\tit\x1b[2Jfaulted", "too\tfew", "fs0\tstopped\tfs\tnative\t1\t1500\t8388608\t"};
  equal(table_of(lines),
        "NAME  STATE    FOR    LIVES  MEMORY  PROGRAM     LAST END\n"
        "blk0  ready    1 min  3      2048 K  virtio-blk  it?[2Jfaulted\n"
        "fs0   stopped  1.5 s  1      8192 K  fs\n");
}

void devices() {
  const std::vector<manifest::Driver> drivers{{"nvme", "pci:class:010802"}, {"mine", "pci:1b36:0010"}, {"console", "tree:arm,pl011"}};
  const Words lines{"00:01.0\tpci:1b36:0010 pci:class:010802\tblk0", "00:02.0\tpci:1b36:0010 pci:class:060400\t", "too\tmany\tof\tthem",
                    "0x9000000\ttree:arm,pl011\t", "0xa000000\ttree:virtio,mmio\t", "0xa000200\ttree:virtio,mm\x1b\t", "0xa000400\ttree:virtio,mmio\t"};
  equal(device_table(lines, drivers),
        "PLACE                 DEVICE                          DRIVEN BY  DRIVERS\n"
        "00:01.0               pci:1b36:0010 pci:class:010802  blk0       nvme mine\n"
        "00:02.0               pci:1b36:0010 pci:class:060400  -          mine\n"
        "0x9000000             tree:arm,pl011                  -          console\n"
        "0xa000000 and 1 more  tree:virtio,mmio                -          -\n"
        "0xa000200             tree:virtio,mm?                 -          -\n");
}

// A machine under this process' number that says `answer` to one order, TAG put in for what the order began with.
class FakeMachine {
 public:
  explicit FakeMachine(std::string answer) : place_(*Place::make()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(place_.path(), std::span(address.sun_path).begin());
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM, 0));
    check(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
    check(::listen(listener_.get(), 1) == 0, "listen");
    serving_ = std::thread([this, text = std::move(answer)]() mutable { serve(std::move(text)); });
  }
  FakeMachine(const FakeMachine&) = delete;
  FakeMachine& operator=(const FakeMachine&) = delete;
  ~FakeMachine() { serving_.join(); }
  [[nodiscard]] const std::string& order() const { return order_; }

 private:
  void serve(std::string text) {
    const UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
    std::array<char, 1> one;
    while (::read(client.get(), one.data(), 1) == 1 && one.front() != '\n') order_ += one.front();
    const std::string tag = order_.substr(0, order_.find(' '));
    for (std::size_t at = text.find("TAG"); at != std::string::npos; at = text.find("TAG")) text.replace(at, 3, tag);
    // Who has heard enough does not wait for the rest.
    while (!text.empty()) {
      const ssize_t sent = ::write(client.get(), text.data(), text.size());
      if (sent <= 0) return;
      text.erase(0, static_cast<std::size_t>(sent));
    }
  }

  Place place_;
  UniqueFd listener_;
  std::string order_;
  std::thread serving_;
};

Result<std::string> told(std::string answer, std::string_view command, const Options& options = {}) {
  const FakeMachine machine(std::move(answer));
  return carry_out(command, options);
}

void machines() {
  check(!carry_out("ps", {}).has_value(), "no machine runs");
  equal(told("0 ok\n1 error x\nTAG = a\tready\ta\tnative\t1\t5000\t65536\t\nTAG ok\n", "ps").value_or(""),
        "NAME  STATE  FOR    LIVES  MEMORY  PROGRAM  LAST END\na     ready  5.0 s  1      64 K    a\n");
  check(told("TAG ok\n", "restart", {.component = "a"}).has_value(), "done");
  check(!told("TAG error invalid\n", "restart", {.component = "a"}).has_value(), "an error");
  check(!told("TAG = a", "ps").has_value(), "it ends in the middle");
  check(!told("", "ps").has_value(), "it says nothing");
  check(!told(std::string(3 << 20, 'x'), "ps").has_value(), "it does not stop");
  {
    FakeMachine machine("TAG ok\n");
    check(!carry_out("ps", {.machine = "1"}).has_value(), "another number");
    check(carry_out("stop", {.component = "blk0"}).has_value(), "an order");
  }
}

}  // namespace

int main() {
  ::signal(SIGPIPE, SIG_IGN);
  const auto own = TemporaryDirectory::make();
  check(own.has_value(), "a directory");
  if (own) ::setenv("XDG_RUNTIME_DIR", own->path().c_str(), 1);
  words();
  table();
  devices();
  machines();
  return failures == 0 ? 0 : 1;
}
