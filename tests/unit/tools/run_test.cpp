// SPDX-License-Identifier: Apache-2.0
// The engine's small parts: sizes, options, frames, the log, the escape key,
// QEMU's command line.
#include <string>
#include <vector>

#include "tests/unit/tools/check.hpp"
#include "tools/run/core_files.hpp"
#include "tools/run/explain.hpp"
#include "tools/run/escape.hpp"
#include "tools/run/frames.hpp"
#include "tools/run/fuzz.hpp"
#include "tools/run/log.hpp"
#include "tools/run/machine.hpp"
#include "tools/run/new_driver.hpp"
#include "tools/run/options.hpp"
#include "tools/run/symbol.hpp"
#include "tools/run/test_options.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/size.hpp"
#include "tools/support/temporary.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;
using namespace tessera::tools::run;

void sizes() {
  equal(parse_size("4096").value_or(0), 4096u);
  equal(parse_size("64K").value_or(0), 65536u);
  equal(parse_size("256M").value_or(0), 256u << 20);
  equal(parse_size("2g").value_or(0), std::uint64_t{2} << 30);
  for (const char* bad : {"", "M", "-1", "1.5M", "1MB", " 1", "99999999999999999999", "99999999999G"}) {
    check(!parse_size(bad).has_value(), bad);
  }
}

Result<Options> parse(const std::vector<std::string>& words) { return parse_run_options(words); }

void options() {
  const auto good = parse({"--memory", "1G", "--cpus=4", "--boot", "uefi", "--env", "A=b=c", "--icount", "--timeout", "2.5",
                           "--", "ls", "--memory"});
  check(good.has_value(), "parses");
  if (!good) return;
  equal(good->memory_bytes.value_or(0), std::uint64_t{1} << 30);
  equal(good->cpus, 4u);
  check(good->boot == Boot::uefi && good->icount && !good->gdb, "boot, icount");
  equal(good->environment.front(), "A=b=c");
  equal(*good->timeout_seconds, 2.5);
  equal(good->command.size(), 2u);
  const auto wrong = [](const std::vector<std::string>& words, std::string_view message) {
    const auto parsed = parse(words);
    check(!parsed.has_value(), "refused");
    if (!parsed) contains(parsed.error().message, message);
  };
  wrong({"--memroy", "1G"}, "did you mean --memory?");
  wrong({"--memory"}, "needs a value");
  wrong({"--memory", "1000"}, "at least 16M");
  wrong({"--icount=1"}, "takes no value");
  ::setenv("TESSERA_CPUS", "3", 1);
  equal(parse({}).value_or({}).cpus, 3u);
  equal(parse({"--cpus", "2"}).value_or({}).cpus, 2u);
  equal(parse({"--icount"}).value_or({}).cpus, 1u);
  ::unsetenv("TESSERA_CPUS");
  equal(parse({}).value_or({}).cpus, 1u);
  wrong({"--cpus", "65"}, "1 to 64");
  for (const char* nodes : {"0", "17", "x", ""}) wrong({"--numa", nodes}, "number of nodes from 1 to 16");
  wrong({"--timeout", "0"}, "takes seconds");
  wrong({"--boot", "floppy"}, "pvh, bios or uefi");
  wrong({"--env", "A"}, "NAME=VALUE");
  wrong({"--config", "=A"}, "NAME=VALUE");
  wrong({"ls"}, "`-- ls`");
  wrong({"--"}, "a command is expected");
  check(!parse_image_options(std::vector<std::string>{}).has_value(), "image needs a file");
  check(!parse_image_options(std::vector<std::string>{"a.iso", "--cpus", "2"}).has_value(), "image has no cpus");
  equal(parse_image_options(std::vector<std::string>{"a.iso", "--", "x"})->output, "a.iso");
}

void fuzz_options() {
  const auto parse_fuzz = [](const std::vector<std::string>& words) { return parse_fuzz_options(words); };
  const auto good = parse_fuzz({"system-calls", "--calls", "5000", "--seed", "7", "--icount"});
  check(good.has_value() && good->calls == 5000u && good->seed == 7 && good->icount && !good->minutes, "parses");
  check(parse_fuzz({"system-calls"})->seed != parse_fuzz({"system-calls"})->seed, "random seeds");
  const auto wrong = [&](const std::vector<std::string>& words, std::string_view message) {
    const auto parsed = parse_fuzz(words);
    check(!parsed.has_value(), "refused");
    if (!parsed) contains(parsed.error().message, message);
  };
  wrong({}, "system-calls");
  wrong({"sytem-calls"}, "did you mean 'system-calls'?");
  wrong({"system-calls", "--calls"}, "takes a number");
  wrong({"system-calls", "--minutes", "0"}, "takes a number");
  wrong({"system-calls", "--sed", "1"}, "'--sed' is not expected");
}

void frames() {
  equal(frame(wire::Operation::input, "abc"), std::string("\0\0\3\0abc", 7));
  equal(window_size_frame(25, 258), std::string("\2\0\4\0\31\0\2\1", 8));
  const std::string stream = std::string("\20\0\2\0hi", 6) + std::string("\21\0\1\0!", 5) + std::string("\20\0\0\0", 4);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader;
    std::string output;
    std::string error;
    check(reader.feed(stream.substr(0, cut), output, error).has_value(), "first part");
    check(reader.feed(stream.substr(cut), output, error).has_value(), "second part");
    equal(output + "|" + error, "hi|!");
    check(!reader.in_frame(), "complete");
  }
  std::string sink;
  check(!FrameReader().feed(std::string("\5\0\0\0", 4), sink, sink).has_value(), "unknown channel");
  check(!FrameReader().feed(std::string("\20\1\0\0", 4), sink, sink).has_value(), "second byte");
  check(!FrameReader().feed(std::string("\20\0\1\20", 4), sink, sink).has_value(), "too long");
  std::string most = std::string("\20\0\0\20", 4) + std::string(4096, 'x');
  check(FrameReader().feed(most, sink, sink).has_value(), "the longest");
  equal(sink.size(), 4096u);
}

void core_frames() {
  const auto temporary = TemporaryDirectory::make();
  check(temporary.has_value(), "a directory");
  if (!temporary) return;
  const auto piece = [](const std::string& payload) {
    return std::string("\22\0", 2) + static_cast<char>(payload.size()) + std::string(1, '\0') + payload;
  };
  const std::string begin = piece(std::string("\0\7\0\0\0../x", 9));
  const std::string zeros = piece(std::string("\2\0\20\0\0\0\0\0\0", 9));
  std::string sink;
  check(!FrameReader().feed(begin, sink, sink).has_value(), "nobody asked for it");
  CoreFiles cores(temporary->path());
  FrameReader reader(&cores);
  check(reader.feed(begin + piece("\1ab") + zeros + piece("\1c") + zeros + piece("\3"), sink, sink).has_value(), "one file");
  const auto content = read_file(temporary->path() + "/core.___x.7");
  check(content.has_value() && *content == "ab" + std::string(4096, '\0') + "c" + std::string(4096, '\0'), "its bytes");
  check(FrameReader(&cores).feed(piece("\1out of place"), sink, sink).has_value(), "without a beginning: passed over");
  check(!FrameReader(&cores).feed(piece("\4"), sink, sink).has_value(), "unknown kind");
  check(!FrameReader(&cores).feed(piece(""), sink, sink).has_value(), "no kind");
  check(!FrameReader(&cores).feed(piece("\2short"), sink, sink).has_value(), "no count");
  check(!FrameReader(&cores).feed(piece(std::string("\0\1", 2)), sink, sink).has_value(), "no number");
}

void log_lines() {
  MachineLog log;
  log.feed("[0.000001] nucleus: up\r\n[0.1] linux: tessera: power-off status=1\n");
  check(!log.status().has_value(), "a component cannot end the run");
  log.feed("[0.2] linux: x] nucleus: tessera: power-off status=2\n");
  check(!log.status().has_value(), "not by imitating the nucleus either");
  log.feed("[0.2] nucleus: tessera: power-off status=300\n");
  check(!log.status().has_value(), "300 is no status");
  log.feed("[0.3] nucleus: tessera: power-");
  log.feed("off status=42\n");
  equal(log.status().value_or(-1), 42);
  MachineLog other;
  other.feed("tessera: fatal: it broke\ntail");
  equal(other.fatal().value_or(""), "it broke");
  equal(other.last_lines().back(), "tail");
}

void escape() {
  EscapeKey key;
  std::string input;
  check(key.filter("ab\1", input) == EscapeAction::none && key.filter("\1c\1q", input) == EscapeAction::none, "passes");
  equal(input, "ab\1c");
  check(key.filter("\1h", input) == EscapeAction::help && key.filter("\1x", input) == EscapeAction::leave, "actions");
}

void command_line() {
  Options options;
  options.icount = true;
  const std::string text = shell_words(qemu_command(options, {"n.elf", "b", "", "socket,fd=5", "stdio", "", 1}));
  contains(text, "-M q35");
  contains(text, "-chardev socket,id=log,fd=5 -serial chardev:log -chardev stdio,id=link");
  contains(text, "-icount shift=0");
  check(text.find("iommu") == std::string::npos, "an IOMMU where there are disks");
  contains(text, "-kernel n.elf -initrd b");
  check(text.find("-numa") == std::string::npos, "no nodes unless asked for");
  Options nodes;
  nodes.cpus = 4;
  nodes.nodes = 3;
  contains(shell_words(qemu_command(nodes, {"n.elf", "b", "", "a", "b", "", 1})),
           "-object memory-backend-ram,id=node0,size=86M -numa node,nodeid=0,memdev=node0,cpus=0-1 "
           "-object memory-backend-ram,id=node1,size=85M -numa node,nodeid=1,memdev=node1,cpus=2-2 "
           "-object memory-backend-ram,id=node2,size=85M -numa node,nodeid=2,memdev=node2,cpus=3-3 "
           "-numa dist,src=0,dst=1,val=20 -numa dist,src=0,dst=2,val=30 -numa dist,src=1,dst=2,val=20");
  check(text.find("nokaslr") == std::string::npos, "a random place without a debugger");
  options.gdb = true;
  options.gdb_port = 77;
  const std::string debugged = shell_words(qemu_command(options, {"n.elf", "b", "", "a", "b", "", 1}));
  contains(debugged, "-S -gdb tcp:127.0.0.1:77");
  contains(debugged, "-append nokaslr");
  options.boot = Boot::bios;
  contains(shell_words(qemu_command({}, {"n.elf", "b", "", "a", "b", "", 200 << 20})), "-m 512M");
  contains(shell_words(qemu_command(options, {"n.elf", "b", "x y.iso", "a", "b", "", 1})), "media=cdrom,readonly=on,file=x y.iso'");
}

void disks() {
  const auto temporary = TemporaryDirectory::make();
  check(temporary.has_value(), "a directory");
  if (!temporary) return;
  const auto file = [&](const std::string& name, std::size_t bytes) {
    check(write_file(temporary->path() + "/" + name, std::string(bytes, 'x')).has_value(), "written");
    return temporary->path() + "/" + name;
  };
  const auto words_of_disk = [&](const std::string& text) {
    const auto parsed = parse({"--disk", text});
    return parsed ? shell_words(qemu_command(*parsed, {"n.elf", "b", "", "a", "b", "", 1})) : parsed.error().message;
  };
  const std::string plain = file("a.img", 1024), odd = file("b,c.img", 512), cut = file("cut", 513), empty = file("empty", 0);
  auto options = parse({"--disk", plain, "--disk=" + odd + ",driver=virtio,readonly"});
  check(options.has_value(), "parses");
  if (!options) return;
  const std::string words = shell_words(qemu_command(*options, {"n.elf", "b", "", "a", "b", "", 1}));
  contains(words, "-drive if=none,id=disk0,format=raw,discard=unmap,file=" + plain + " -device virtio-blk-pci,disable-legacy=on,iommu_platform=on,drive=disk0,serial=disk0 ");
  contains(words, "discard=unmap,readonly=on,file=" + temporary->path() + "/b,,c.img -device virtio-blk-pci,disable-legacy=on,iommu_platform=on,drive=disk1,serial=disk1");
  contains(words, "-device intel-iommu,intremap=on -chardev");
  options->iommu = false;
  check(shell_words(qemu_command(*options, {"n.elf", "b", "", "a", "b", "", 1})).find("iommu") == std::string::npos, "without an IOMMU");
  options->iommu.reset();
  options->arch = Arch::aarch64;
  contains(shell_words(qemu_command(*options, {"n.elf", "b", "", "a", "b", "", 1})), "-M virt,gic-version=3,iommu=smmuv3 ");
  contains(words_of_disk(plain + ",nvme"), "file=" + plain + " -device nvme,drive=disk0,serial=disk0");
  contains(words_of_disk(plain + ",readonly,driver=nvme"), "discard=unmap,readonly=on,file=" + plain + " -device nvme,");
  contains(words_of_disk(plain + ",ahci,readonly"), "discard=unmap,snapshot=on,file=" + plain +
                                                        " -device ich9-ahci,id=ahci0 -device ide-hd,bus=ahci0.0,drive=disk0,serial=disk0");
  const auto wrong = [&](const std::string& text, std::string_view message) {
    const auto parsed = parse({"--disk", text});
    check(!parsed.has_value(), "refused");
    if (!parsed) contains(parsed.error().message, message);
  };
  wrong(plain + ",driver=ide", "'ide' is no driver");
  wrong(plain + ",readonyl", "No such file");
  wrong(",readonly", "names no file");
  wrong("", "names no file");
  wrong(temporary->path(), "is a directory");
  wrong("/dev/null", "is no regular file");
  wrong(cut, "has 513 bytes: a disk's size is a multiple of 512");
  wrong(empty, "is empty");
  check(!parse_image_options(std::vector<std::string>{"a.iso", "--disk", plain}).has_value(), "image has no disks");
}

// What is made of the shortest driver has nothing left of its names.
void new_drivers() {
  const auto temporary = TemporaryDirectory::make();
  check(temporary.has_value(), "a directory");
  if (!temporary) return;
  const std::string root = temporary->path(), source = TESSERA_SOURCE_DIR;
  const std::string drivers = "/components/drivers", tests = "/tests/unit/drivers";
  check(make_directories(root + drivers + "/virtio_rng").has_value() && make_directories(root + tests).has_value(), "folders");
  for (const std::string& file : {drivers + "/CMakeLists.txt", drivers + "/virtio_rng/CMakeLists.txt", drivers + "/virtio_rng/README.md",
                                  drivers + "/virtio_rng/main.cpp", drivers + "/virtio_rng/rng.hpp", drivers + "/virtio_rng/rng.cpp",
                                  tests + "/CMakeLists.txt", tests + "/virtio_rng_test.cpp"}) {
    check(copy_file(source + file, root + file).has_value(), file);
  }
  const auto made = new_driver(root, "my-disk2");
  check(made.has_value() && made->size() == 8, "made");
  if (!made) return;
  for (const std::string& one : *made) {
    const std::string text = read_file(root + "/" + one).value_or("");
    if (one.ends_with("CMakeLists.txt") && one.find("my_disk2") == std::string::npos) continue;
    check(!text.empty() && text.find("Rng") == std::string::npos && text.find("virtio_rng") == std::string::npos &&
              text.find("virtio-rng") == std::string::npos && text.find("/rng.") == std::string::npos, one);
  }
  contains(read_file(root + drivers + "/my_disk2/CMakeLists.txt").value_or(""), "tessera_component(my-disk2 main.cpp my_disk2.cpp)");
  contains(read_file(root + drivers + "/my_disk2/my_disk2.hpp").value_or(""), "class MyDisk2 final");
  contains(read_file(root + drivers + "/CMakeLists.txt").value_or(""), "\nadd_subdirectory(my_disk2)\n");
  contains(read_file(root + tests + "/CMakeLists.txt").value_or(""), "\nlib_test(driver_my_disk2_test my_disk2_test.cpp ${drivers}/my_disk2/my_disk2.cpp)\n");
  check(!new_driver(root, "my-disk2").has_value(), "it is there already");
  for (const char* name : {"", "My", "a_b", "-a", "a-", "../x", "a123456789012345678901234567890123"}) check(!new_driver(root, name).has_value(), name);
}

void test_words() {
  const auto parse = [](std::vector<std::string> words) { return parse_test_options(words); };
  const std::vector<std::string> known{"-R", "--", "-j4", "--timeout=3", "--repeat", "until-fail:2", "-N"};
  equal(parse(known).value_or({}).words == known, true);
  equal(parse({"-N", "--", "--bogus", "x"}).value_or({}).words == std::vector<std::string>{"-N", "--bogus", "x"}, true);
  equal(parse({"--coverage"}).value_or({}).coverage, true);
  equal(parse({"-N"}).value_or({}).coverage, false);
  equal(parse({"--html", "pages", "--coverage"}).value_or({}).html, std::string("pages"));
  equal(parse({"--coverage", "--html=pages"}).value_or({}).html, std::string("pages"));
  equal(parse({"--cpus", "8"}).value_or({}).cpus, 8u);
  equal(parse({"--cpus=2", "-N"}).value_or({}).cpus, 2u);
  const auto for_ctest = [&](std::vector<std::string> words) { return ctest_words(parse(std::move(words)).value_or({})); };
  equal(for_ctest({"-N"}) == std::vector<std::string>{"-N", "-LE", "aarch64-when-asked"}, true);
  equal(for_ctest({"-LE", "host", "--arch=x86_64"}) == std::vector<std::string>{"-LE", "aarch64|host"}, true);
  equal(for_ctest({"--arch", "aarch64", "-L", "user"}) == std::vector<std::string>{"-L", "user", "-L", "aarch64"}, true);
  check(!parse({"--arch", "arm64"}) && !parse({"--arch"}), "refused: architecture");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--cpus", "0"}, {"--cpus=65"}, {"--cpus", "x"}, {"--cpus"}}) {
    check(!parse(words).has_value(), "refused: number of cores");
  }
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--coverage", "-N"}, {"--coverage", "--", "x"}, {"--coverage", "--html"},
                                                {"--coverage", "--html="}, {"--html", "pages"}, {"--coverage=1"}}) {
    check(!parse(words), words.back());
  }
  for (const char* word : {"--bogus", "--rerun-faild", "-x", "word", "-R", "-jx", "-", ""}) check(!parse({word}), word);
}

// The nucleus runs where it moved itself to, in steps of 2 MiB.
void slides() {
  constexpr std::uint64_t kFirst = 0xffff'ffff'8000'0000;
  equal(without_slide(kFirst + 0x3000, kFirst, kFirst + 0x40000), kFirst + 0x3000);
  equal(without_slide(kFirst + 0x1680'3000, kFirst, kFirst + 0x40000), kFirst + 0x3000);
  equal(without_slide(kFirst + 0x1685'0000, kFirst, kFirst + 0x40000), 0u);
  equal(without_slide(0x1000, kFirst, kFirst + 0x40000), 0u);
}

void explanations() {
  const auto host = [](const std::string& path) {
    return HostFile{path.starts_with("/lib") || path == "/etc/here", path.starts_with("/lib") ? "libx1" : ""};
  };
  const std::vector<std::string> notes{
      "ran\t2\tsh\t/bin/prog",   "opened\t1\tprog\t/usr/lib/liba.so", "missing\t3\tprog\t/lib/liba.so",
      "missing\t1\tprog\t/none", "missing\t2\tprog\t/lib/libx.so",    "missing\t2\tprog\t/etc/here",
      "denied\t1\tprog\t/etc/shadow\topenat", "no-family\t1\tprog\t10", "absent\t4\tprog\trseq",
      "partial\t1\tprog\tfcntl(0x0, 0x400, ...) errno 22\tF_SETLEASE", "nonsense", "", "end\t0\t-\t-"};
  equal(explanation(notes, host),
        "Programs that ran (1):\n  /bin/prog\n"
        "Files that were opened (1):\n  /usr/lib/liba.so\n"
        "Files that were looked for and are not there (3):\n"
        "  /lib/libx.so (2 times, prog); --package libx1 brings it\n"
        "  /etc/here (2 times, prog); --add /etc/here:/etc/here brings this machine's\n"
        "  /none (once, prog)\n"
        "  and 1 that were found in another directory\n"
        "Files that were refused (1):\n  /etc/shadow (once, prog), by openat\n"
        "Networks that are not there (1):\n  IPv6 (prog): the container has no network\n"
        "System calls that are not there (1):\n  rseq (4 times, prog)\n"
        "System calls that are there in part, and failed (1):\n  fcntl(0x0, 0x400, ...) errno 22 (once, prog): F_SETLEASE\n");
  equal(explanation({}, host), "The list is not whole: the system did not come to its end.\n");
}

}  // namespace

int main() {
  explanations();
  sizes();
  options();
  fuzz_options();
  frames();
  core_frames();
  log_lines();
  escape();
  command_line();
  slides();
  disks();
  new_drivers();
  test_words();
  return result();
}
