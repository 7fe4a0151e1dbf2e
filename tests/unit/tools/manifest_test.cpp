// SPDX-License-Identifier: Apache-2.0
// Manifests: messages, dependency order, compiled text, overrides.
#include <string>

#include "tests/unit/tools/check.hpp"
#include "tools/manifest/compile.hpp"
#include "tools/manifest/load.hpp"
#include "tools/manifest/override.hpp"
#include "tools/support/file.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;

const std::string kHead = "[system]\nname = \"s\"\nmain = \"a\"\n";

std::string problems(const std::string& text) {
  Diagnostics diagnostics("s.toml");
  static_cast<void>(manifest::load(text, "s.toml", diagnostics));
  return diagnostics.text();
}

void refused(const std::string& component, std::string_view message) {
  contains(problems(kHead + "[component.a]\n" + component), message);
}

void messages() {
  equal(problems(kHead + "[component.a]\n"), "");
  refused("prioritty = 3\n", "s.toml:5:1: a component has no key 'prioritty', did you mean 'priority'?");
  refused("needs = [\"b\"]\n", "s.toml:5:10: 'a' needs 'b', which is no component");
  refused("needs = [\"consle\"]\n[component.console]\n", "did you mean 'console'?");
  refused("needs = [\"b\"]\n[component.b]\nneeds = [\"a\"]\n", "a cycle of needs: a -> b -> a");
  refused("needs = [\"a\"]\n", "a cycle of needs: a -> a");
  refused("channels = { c = \"x\" }\n", "s.toml:5:18: a channel goes to 'x'");
  refused("channels = { c = \"a\" }\n", "to another component");
  refused("channels = { c = \"b\" }\n[component.b]\nchannels = { c = \"a\" }\n", "has a channel 'c' already");
  const std::string b = "[component.b]\n";
  equal(problems(kHead + "[component.a]\nchannels = { c = { peer = \"b\", memory = \"1M\", as = \"d\" }, e = \"b\" }\n" + b), "");
  for (const char* size : {"3M", "2K", "2G", "x", "100%", ""}) {
    refused("channels = { c = { peer = \"b\", memory = \"" + std::string(size) + "\" } }\n" + b, "s.toml:5:41: memory = ");
  }
  refused("channels = { c = { peer = \"b\", memory = 1 } }\n" + b, "'memory' must be a string");
  refused("channels = { c = { memory = \"1M\" } }\n" + b, "'peer' is missing");
  refused("channels = { c = { peer = \"b\", size = \"1M\" } }\n" + b, "s.toml:5:32: a channel has no key 'size'");
  refused("channels = { c = { peer = \"b\", as = \"D\" } }\n" + b, "s.toml:5:37: 'D' is not a good name");
  refused("channels = { c = { peer = \"b\", as = \"d\" } }\n" + b + "channels = { d = \"a\" }\n", "s.toml:7:18: 'b' has a channel 'd' already, from line 5");
  refused("pools = [\"cash\"]\n[pool.cache]\nmemory = \"1M\"\n", "s.toml:5:10: 'cash' is no pool of this system, did you mean 'cache'?");
  refused("pools = [\"cache\", \"cache:unmapped\"]\n[pool.cache]\nmemory = \"1M\"\n", "s.toml:5:19: 'cache' is named twice");
  refused("[pool.cache]\nmemory = \"1000\"\n", "s.toml:6:10: memory = \"1000\": a pool needs at least 4K");
  refused("[pool.cache]\n", "'memory' is missing here");
  refused("[pool.Cache]\nmemory = \"1M\"\n", "'Cache' is not a good name for a pool");
  refused("[pool.cache]\nmemory = \"1M\"\nmap = true\n", "a pool has no key 'map'");
  std::string pools;
  for (char letter = 'a'; letter < 'j'; ++letter) pools += std::string("[pool.") + letter + "]\nmemory = \"4K\"\n";
  refused(pools, "a system has at most 8 pools");
  refused("grants = { \"device\" = [\"pci:1af4:1042\", \"pci:1af4:1042#0\"] }\n", "s.toml:5:41: the device 'pci:1af4:1042' is granted already");
  refused("grants = { \"device\" = [\"pci:1af4:1042#1\"] }\n" + b + "grants = { \"device\" = [\"pci:1af4:1042#1\"] }\n",
          "s.toml:7:24: the device 'pci:1af4:1042#1' is granted already, in line 5");
  for (const char* code : {"01080", "0108022", "01080G", ""}) {
    refused("grants = { \"device\" = [\"pci:class:" + std::string(code) + "\"] }\n", "is no value for the grant device");
  }
  for (const char* which : {"#", "#x", "#256", "#1#2"}) {
    refused("grants = { \"device\" = [\"pci:1af4:1042" + std::string(which) + "\"] }\n", "is no value for the grant device");
  }
  refused("requests = { devise = [] }\n", "s.toml:5:14: the table requests has no key 'devise', did you mean 'device'?");
  refused("requests = { device = [\"pci:1AF4:1043\"] }\n", "s.toml:5:24: 'pci:1AF4:1043' is no value");
  refused("requests = { device = [\"pci:1af4:1044\", \"pci:1af4:1044#0\"] }\n", "s.toml:5:41: 'pci:1af4:1044' is named twice");
  refused("requests = { interrupt = [\"gsi:04\"] }\n" + b + "grants = { interrupt = [\"gsi:4\"] }\n",
          "s.toml:5:27: the interrupt 'gsi:4' is granted in line 7: nobody can ask for it");
  refused("requests = { memory = \"3M\" }\n", "s.toml:5:23: memory = \"3M\": what may be asked for is a power of two");
  refused("requests = { channel = [\"c\"] }\n", "s.toml:5:25: a channel goes to 'c'");
  refused("requests = { channel = [\"a\"] }\n", "to another component");
  refused("requests = { channel = [\"b\"] }\n" + b, "s.toml:5:25: 'b' does not ask for this channel: it needs requests = { channel = [\"a\"] }");
  refused("channels = { b = \"b\" }\nrequests = { channel = [\"b\"] }\n" + b + "requests = { channel = [\"a\"] }\n", "'a' has a channel 'b' already");
  refused("requests = { ask = true }\n", "s.toml:5:14: that the operator decides (ask) is not supported yet");
  equal(problems(kHead + "[component.a]\nrequests = { device = [\"pci:1af4:1044\"], memory = \"8M\", interrupt = [\"gsi:4\"], channel = [\"b\"] }\n" + b +
                 "requests = { device = [\"pci:1af4:1044\"], channel = [\"a\"] }\n"), "");
  refused("start = \"manual\"\n", "s.toml:4:12: 'a' is the main component: it cannot wait for the operator");
  refused("needs = [\"b\"]\n" + b + "needs = [\"c\"]\n[component.c]\nstart = \"manual\"\n", "'c' is needed by the main component");
  refused("start = \"never\"\n", "'never' is no start");
  refused("interrupts = 0\n", "s.toml:5:14: 'interrupts' must be at least 1");
  refused("interrupts = 10000001\n", "s.toml:5:14: ");
  refused("interrupts = \"many\"\n", "s.toml:5:14: ");
  equal(problems(kHead + "[component.a]\ninterrupts = 1\n"), "");
  for (const char* size : {"3K", "8K", "128M", "x"}) refused("reload = \"" + std::string(size) + "\"\n", "s.toml:5:10: reload = ");
  equal(problems(kHead + "[component.a]\nreload = \"256K\"\n" + b + "start = \"manual\"\n"), "");
  refused("kind = \"wasm\"\n", "s.toml:5:8: components of kind wasm are not supported yet");
  refused("kind = \"linus\"\n", "'linus' is no kind, did you mean 'linux'?");
  refused("kind = \"linux\"\n", "needs command");
  refused("command = [\"x\"]\n", "'command' is for components of kind linux");
  refused("restart = \"allways\"\n", "did you mean 'always'?");
  refused("memory = \"8X\"\n", "s.toml:5:10: memory = \"8X\"");
  refused("memory = \"5000\"\n", "at least 64K");
  refused("memory = \"0%\"\n", "between 1% and 95%");
  refused("memory = \"60%\"\n[component.b]\nmemory = \"60%\"\n", "sum up to 120%");
  for (const char* cpu : {"0%", "6401%", "50", "x%", ""}) refused("cpu = \"" + std::string(cpu) + "\"\n", "write a share of one core");
  refused("node = 16\n", "'node' must be between 0 and 15");
  refused("node = \"1\"\n", "an integer");
  refused("processes = 8\n", "'processes' is for components of kind linux");
  refused("priority = 255\n", "'priority' must be between 0 and 254");
  refused("grants = { \"devise\" = [\"pci:1af4:1043\"] }\n", "no grant is called 'devise', did you mean 'device'?");
  refused("grants = { \"device\" = [\"pci:1AF4:1043\"] }\n", "s.toml:5:24: 'pci:1AF4:1043' is no value");
  refused("grants = { \"device\" = [\"tree:arm pl011\"] }\n", "'tree:arm pl011' is no value");
  refused("grants = { \"ports\" = [\"0x3ff-0x3f8\"] }\n", "is no value for the grant ports");
  refused("grants = { \"interrupt\" = [\"4\"] }\n", "it looks like \"gsi:4\"");
  refused("grants = { \"log\" = [\"x\"] }\n", "write log = true");
  refused("grants = { \"device\" = \"pci:1af4:1043\" }\n", "an array of strings");
  equal(problems(kHead + "[component.a]\ngrants = { machine.info = true, log = false }\n"), "");
  contains(problems("[system]\nname = \"s\"\nmain = \"b\"\n[component.a]\n"), "main names 'b', which is no component");
  contains(problems("[component.a]\n"), "the table [system]");
  contains(problems(kHead), "at least one [component.NAME]");
  contains(problems(kHead + "[component.A]\n"), "is not a good name for a component");
}

const std::string kLinux = R"([system]
name = "shell"
main = "z"
hostname = "host"
[component.z]
kind = "linux"
command = ["/bin/sh", "-c", "a\tb\\\n"]
env = { PATH = "/bin", HOME = "/root" }
cwd = "/root"
needs = ["console"]
channels = { console = "console" }
grants = { "bundle" = ["root.index", "root.data"], "log" = true }
memory = "80%"
restart = "never"
[component.console]
restart = "always"
domain = "io"
memory = "4M"
node = 0
grants = { "device" = ["pci:1af4:1043"] }
)";

manifest::System load_linux() {
  Diagnostics diagnostics("s.toml");
  manifest::System system = manifest::load(kLinux, "s.toml", diagnostics);
  equal(diagnostics.text(), "");
  return system;
}

void compiled() {
  const auto text = manifest::compile(load_linux());
  check(text.has_value(), "compiles");
  if (!text) return;
  equal(*text,
        "tessera-manifest\t1\nsystem\tshell\nmain\tz\n"
        "component\tconsole\nprogram\tconsole\nkind\tnative\ndomain\tio\nrestart\talways\nrestarts\t5\npriority\t100\n"
        "memory\t4194304\nnode\t0\ngrant\tdevice\tpci:1af4:1043\n"
        "component\tz\nprogram\tlinux\nkind\tlinux\ndomain\tz\nrestart\tnever\nrestarts\t5\npriority\t100\n"
        "memory\t80%\nneeds\tconsole\ngrant\tbundle\troot.index\ngrant\tbundle\troot.data\ngrant\tlog\ttrue\n"
        "config\targv.0\t/bin/sh\nconfig\targv.1\t-c\nconfig\targv.2\ta\\tb\\\\\\n\n"
        "config\tenv.0\tPATH=/bin\nconfig\tenv.1\tHOME=/root\n"
        "config\tcwd\t/root\nconfig\tconsole\tstream\nconfig\tview\tprotected\nconfig\thostname\thost\n"
        "channel\tconsole\tconsole\tconsole\t262144\n");
}

void overridden() {
  manifest::System system = load_linux();
  const manifest::Overrides overrides{{"/bin/ls"}, {"HOME=/", "NEW=1"}, "shared", "tty", "64M"};
  check(manifest::apply(system, overrides).has_value(), "applies");
  const std::string text = manifest::compile(system).value_or("");
  contains(text, "config\targv.0\t/bin/ls\nconfig\tenv.0\tPATH=/bin\nconfig\tenv.1\tHOME=/\nconfig\tenv.2\tNEW=1\n");
  contains(text, "config\tview\tshared\n");
  contains(text, "config\tconsole\ttty\n");

  system = load_linux();
  system.find("z")->guest.command.emplace_back(60'000, 'x');
  check(!manifest::compile(system).has_value(), "a command that does not fit is refused");
  system.find("z")->kind = manifest::Kind::native;
  check(!manifest::apply(system, overrides).has_value(), "a native component takes no command");
}

void shared() {
  const std::string text = kHead +
                           "[pool.cache]\nmemory = \"16M\"\n[pool.share]\nmemory = \"25%\"\n[component.a]\npools = [\"cache\", \"share:unmapped\"]\n"
                           "channels = { c = { peer = \"b\", memory = \"1M\", as = \"d\" } }\n"
                           "[component.b]\ngrants = { \"device\" = [\"pci:1af4:1042#01\"] }\n";
  Diagnostics diagnostics("s.toml");
  const std::string compiled = manifest::compile(manifest::load(text, "s.toml", diagnostics)).value_or("");
  equal(diagnostics.text(), "");
  contains(compiled, "main\ta\npool\tcache\t16777216\npool\tshare\t25%\ncomponent\ta\n");
  contains(compiled, "channel\tb\tc\td\t1048576\nmember\tcache\tmapped\nmember\tshare\tunmapped\n");
  contains(compiled, "grant\tdevice\tpci:1af4:1042#1\n");
}

// What a program drives is what its component gets for "auto".
void own_devices() {
  const auto drivers = manifest::parse_drivers("disk\tpci:class:010802\nserial\tpci:1af4:1043\nserial\ttree:arm,pl011\n");
  check(drivers.has_value() && drivers->size() == 3, "a list of drivers");
  for (const char* bad : {"disk\n", "\tpci:1af4:1043\n", "disk\t\n", "\n"}) check(!manifest::parse_drivers(bad).has_value(), "a damaged list");
  const auto compiled_with = [&](const std::string& text, std::string& problems) {
    Diagnostics diagnostics("s.toml");
    const manifest::System system = manifest::load(kHead + text, "s.toml", diagnostics, *drivers);
    problems = diagnostics.text();
    return manifest::compile(system).value_or("");
  };
  std::string problems;
  const std::string text = compiled_with("[component.a]\nprogram = \"serial\"\ngrants = { \"device\" = [\"auto\"] }\n"
                                         "[component.b]\nprogram = \"disk\"\ngrants = { \"device\" = [\"auto#1\", \"auto\"] }\n", problems);
  equal(problems, "");
  contains(text, "grant\tdevice\tpci:1af4:1043\ngrant\tdevice\ttree:arm,pl011\n");
  contains(text, "grant\tdevice\tpci:class:010802#1\ngrant\tdevice\tpci:class:010802\n");
  (void)compiled_with("[component.a]\ngrants = { \"device\" = [\"auto\"] }\n", problems);
  contains(problems, "s.toml:5:24: the program 'a' does not say what it drives");
  (void)compiled_with("[component.a]\nprogram = \"disk\"\ngrants = { \"device\" = [\"auto\"] }\n"
                      "[component.b]\ngrants = { \"device\" = [\"pci:class:010802\"] }\n", problems);
  contains(problems, "is granted already");
}

// --disk: what serves the disks comes first, and shares a pool with the main component.
void disks() {
  manifest::System system = load_linux();
  manifest::Overrides overrides;
  overrides.disks.resize(2);
  check(manifest::apply(system, overrides).has_value(), "applies");
  const std::string text = manifest::compile(system).value_or("");
  contains(text, "pool\tcache\t25%\ncomponent\tfs0\nprogram\tfs\n");
  contains(text, "component\tblk0\nprogram\tvirtio-blk\n");
  contains(text, "grant\tlog\ttrue\ngrant\tdevice\tpci:1af4:1042\nmember\tcache\tmapped\ncomponent\tfs1\nprogram\tfs\n");
  contains(text, "grant\tdevice\tpci:1af4:1042#1\nmember\tcache\tmapped\n");
  contains(text, "channel\tblk1\tblock\tblock\t4194304\nchannel\tz\tclient\tdisk1\t1048576\nmember\tcache\tmapped\n");
  contains(text, "channel\tz\tclient\tdisk0\t1048576\n");  // what the main component knows of each disk
  // A pool of the manifest's own is taken as it is.
  system = load_linux();
  system.pools.push_back({"cache", {}, "4194304"});
  check(manifest::apply(system, overrides).has_value(), "applies to its own pool");
  equal(system.pools.size(), 1u);
  const auto refused_system = [&](auto change, std::string_view message) {
    manifest::System changed = load_linux();
    change(changed);
    const auto done = manifest::apply(changed, overrides);
    check(!done.has_value(), "refused");
    if (!done) contains(done.error().message, message);
  };
  refused_system([](manifest::System& one) { one.find("console")->name = "fs1"; }, "has a component 'fs1'");
  system = load_linux();
  system.find("console")->grants = {{"device", "pci:1af4:1042#3"}};
  check(manifest::apply(system, overrides).has_value() && system.find("blk0") == nullptr, "one with drivers of its own is left as it is");
  refused_system([](manifest::System& one) { one.find("z")->kind = manifest::Kind::native; }, "is native: --disk");
  // Each is the so manieth of its own kind.
  using enum manifest::DiskKind;
  overrides.disks = {{nvme, true}, {virtio, false}, {ahci, false}, {nvme, false, true}};
  system = load_linux();
  check(manifest::apply(system, overrides).has_value(), "applies to several kinds");
  const std::string kinds = manifest::compile(system).value_or("");
  contains(kinds, "component\tblk0\nprogram\tnvme\n");
  contains(kinds, "grant\tdevice\tpci:class:010802\nconfig\tread-only\t1\nmember\tcache\tmapped\n");
  contains(kinds, "grant\tdevice\tpci:1af4:1042\n");
  contains(kinds, "grant\tdevice\tpci:class:010601\n");
  contains(kinds, "grant\tdevice\tpci:class:010802#1\n");
  contains(kinds, "component\tblk3\nprogram\tnvme-d1\nkind\tnative\nplace\t1\ndomain\tfs3\n");
  overrides.disks.resize(9);
  refused_system([](manifest::System&) {}, "8 times at most");
}

// A scheduler stands before each component of kind linux that does not do without.
void scheduled() {
  manifest::System system = load_linux();
  check(manifest::apply(system, {}).has_value(), "applies");
  const std::string text = manifest::compile(system).value_or("");
  contains(text,
           "component\tscheduler\nprogram\tscheduler\nkind\tnative\ndomain\tscheduler\nrestart\ton-failure\nrestarts\t5\npriority\t110\n"
           "memory\t65536\nschedules\tz\ncomponent\tz\n");
  system = load_linux();
  system.find("z")->guest.scheduler = false;
  check(manifest::apply(system, {}).has_value(), "applies without");
  check(system.find("scheduler") == nullptr, "none was wanted");
  // Another component may have the name.
  system = load_linux();
  system.find("console")->name = "scheduler";
  check(manifest::apply(system, {}).has_value(), "applies beside another of that name");
  check(system.find("scheduler-2") != nullptr && system.find("scheduler-2")->schedules == "z", "a name that was free");
  system = load_linux();
  while (system.components.size() < 63) {
    system.components.emplace_back();
    system.components.back().name = "c" + std::to_string(system.components.size());
  }
  check(!manifest::apply(system, {}).has_value(), "too many components");
  contains(problems("[system]\nname = \"s\"\nmain = \"a\"\n[component.a]\nkind = \"linux\"\ncommand = [\"x\"]\nscheduler = \"no\"\n"),
           "scheduler");
  contains(problems("[system]\nname = \"s\"\nmain = \"a\"\n[component.a]\nscheduler = false\n"), "'scheduler' is for components of kind linux");
}

void configured() {
  const std::string text = "[system]\nname = \"s\"\nmain = \"a\"\n[component.a]\nconfig = { seed = \"1\", calls = \"20\" }\n";
  Diagnostics diagnostics("s.toml");
  manifest::System system = manifest::load(text, "s.toml", diagnostics);
  equal(diagnostics.text(), "");
  check(manifest::apply(system, {.config = {"seed=2", "more=a=b"}}).has_value(), "applies");
  contains(manifest::compile(system).value_or(""), "config\tseed\t2\nconfig\tcalls\t20\nconfig\tmore\ta=b\n");
  contains(problems("[system]\nname = \"s\"\nmain = \"a\"\n[component.a]\nkind = \"linux\"\ncommand = [\"x\"]\nconfig = { }\n"),
           "'config' is for components of kind native");
  manifest::System other = load_linux();
  check(!manifest::apply(other, {.config = {"seed=2"}}).has_value(), "a Linux program takes no configuration");
}

// The manifests that the project ships.
void shipped() {
  const std::string file = TESSERA_SOURCE_DIR "/systems/shell.toml";
  const auto text = read_file(file);
  check(text.has_value(), "shell.toml is there");
  equal(problems(text.value_or("")), "");
}

}  // namespace

int main() {
  messages();
  compiled();
  overridden();
  configured();
  own_devices();
  shared();
  disks();
  scheduled();
  shipped();
  return result();
}
