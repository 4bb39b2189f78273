import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Reads messages with Kafka's own classes. A line in: "request|response", api key, version, body in hexadecimal digits, without any header.
 * A line out: the message as JSON, a tab, and the bytes that Kafka itself writes for it.
 */
public class WireCheck {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            boolean isRequest = words[0].equals("request");
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(words[1]));
            short version = Short.parseShort(words[2]);
            ByteBuffer body = ByteBuffer.wrap(HexFormat.of().parseHex(words[3]));
            ApiMessage message = isRequest ? type.newRequest() : type.newResponse();
            message.read(new ByteBufferAccessor(body), version);
            if (body.hasRemaining()) throw new IllegalStateException(type.name + ": " + body.remaining() + " bytes are left over");
            ByteBuffer written = MessageUtil.toByteBufferAccessor(message, version).buffer();
            byte[] bytes = new byte[written.remaining()];
            written.get(bytes);
            System.out.println(json(message, version) + "\t" + HexFormat.of().formatHex(bytes));
        }
    }

    /** Records are told by their size only. */
    private static JsonNode json(ApiMessage message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        try {
            return (JsonNode) converter
                .getMethod("write", message.getClass(), short.class, boolean.class)
                .invoke(null, message, version, false);
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }
}
