import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints all that a read-committed consumer sees of topics, on each of some clusters, by Kafka's own client: the number of the cluster, topic, partition, offset, time, key, value, and names
 * and values of headers, in base64, "-" for what is null. Arguments: the topics, separated by commas, and the bootstrap servers of each cluster.
 */
public class ReadLogs {
  public static void main(String[] arguments) {
    List<String> topics = Arrays.asList(arguments[0].split(","));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (int cluster = 1; cluster < arguments.length; cluster++) {
      Map<String, Object> properties =
          Map.of("bootstrap.servers", arguments[cluster], "isolation.level", "read_committed", "auto.offset.reset", "none");
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        read(consumer, topics, cluster - 1, out);
      }
    }
    out.flush();
  }

  private static void read(KafkaConsumer<byte[], byte[]> consumer, List<String> topics, int cluster, PrintStream out) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      consumer.partitionsFor(topic).forEach(one -> partitions.add(new TopicPartition(topic, one.partition())));
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(100))) {
        if (one.offset() >= ends.get(new TopicPartition(one.topic(), one.partition()))) continue;
        StringBuilder line = new StringBuilder();
        line.append(cluster).append(' ').append(one.topic()).append(' ').append(one.partition());
        line.append(' ').append(one.offset()).append(' ').append(one.timestamp());
        line.append(' ').append(text(one.key())).append(' ').append(text(one.value()));
        for (Header header : one.headers()) {
          line.append(' ').append(text(header.key().getBytes(StandardCharsets.UTF_8))).append(' ').append(text(header.value()));
        }
        out.append(line).append('\n');
      }
    }
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "-" : "=" + Base64.getEncoder().encodeToString(bytes);
  }
}
