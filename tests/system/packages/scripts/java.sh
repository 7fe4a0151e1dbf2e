# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,openjdk-17-jre-headless,ecj
# memory: 1G
# The JVM compiles a program (Eclipse's compiler is one itself) and runs it: threads, collections, files, exceptions.
cd /tmp || exit 1
cat >Hello.java <<'J'
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
public class Hello {
  public static void main(String[] words) throws Exception {
    System.out.println("Hello, " + String.join(" ", words) + " " + Runtime.version().feature());
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) { final int n = i; all.add(pool.submit(() -> n * n)); }
    int sum = 0;
    for (Future<Integer> one : all) sum += one.get();
    pool.shutdown();
    System.out.println(sum + " " + IntStream.range(0, 10000).parallel().filter(n -> n % 7 == 0).count());
    Path file = Path.of("text");
    Files.write(file, List.of("one", "two"));
    System.out.println(Files.readAllLines(file) + " " + Files.size(file));
    List<byte[]> garbage = new ArrayList<>();
    for (int i = 0; i < 200; i++) { garbage.add(new byte[100000]); if (i % 10 == 0) garbage.clear(); }
    System.gc();
    try { Object nothing = null; nothing.toString(); } catch (NullPointerException e) { System.out.println("caught"); }
    Process child = new ProcessBuilder("sh", "-c", "cat; exit 4").redirectErrorStream(true).start();
    child.getOutputStream().write("to a child".getBytes());
    child.getOutputStream().close();
    System.out.println(new String(child.getInputStream().readAllBytes()) + " " + child.waitFor());
    throw new IllegalStateException("the end");
  }
}
J
ecj -proc:none -17 -d . Hello.java 2>/dev/null
echo "compiled: $?"
java -Xmx128m -cp . Hello from Java 2>&1
echo "status $?"
